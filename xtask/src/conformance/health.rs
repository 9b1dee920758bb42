//! Whether a server answers `GET /health` with 200.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(5);

pub fn is_healthy(port: u16) -> bool {
    ask(port).is_ok_and(|line| is_ok(&line))
}

fn ask(port: u16) -> io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    write!(
        stream,
        "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}

fn is_ok(status_line: &str) -> bool {
    let mut words = status_line.split_whitespace();
    words.next().is_some_and(|word| word.starts_with("HTTP/")) && words.next() == Some("200")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_200_counts() {
        assert!(is_ok("HTTP/1.1 200 OK\r\n"));
        assert!(is_ok("HTTP/1.0 200\r\n"));
        assert!(!is_ok("HTTP/1.1 503 Service Unavailable\r\n"));
        assert!(!is_ok("200 200\r\n"));
        assert!(!is_ok(""));
    }
}
