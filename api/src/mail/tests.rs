use std::{os::unix::fs::PermissionsExt, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Mutex,
};

use super::*;
use crate::config::Config;

const NOW: i64 = 1_642_344_000_000_000;

fn mailer(email: &str) -> Mailer {
    let loaded = Config::from_yaml(email, std::path::Path::new("data")).unwrap();
    Mailer::new(&loaded.config.email, "Example").unwrap()
}

fn letter() -> Letter {
    let reader = Reader {
        locale: "en",
        name: Some("alice"),
        service: "Example",
    };
    code(reader, "123456")
}

fn to(name: Option<&str>) -> Recipient<'_> {
    Recipient {
        address: "alice@example.com",
        name,
    }
}

/// The lines of a mail's head.
fn head(mailer: &Mailer, to: &Recipient<'_>, letter: &Letter) -> Vec<String> {
    let message = mailer
        .message(to, letter, "send_email_code:1", NOW)
        .unwrap();
    let text = String::from_utf8(message.formatted()).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    head.split("\r\n").map(str::to_owned).collect()
}

/// What starts a header of this name, in any case.
fn named<'a>(head: &'a [String], name: &str) -> Vec<&'a String> {
    let starts = |line: &&String| {
        let (found, _) = line.split_once(':').unwrap_or_default();
        found.eq_ignore_ascii_case(name)
    };
    head.iter().filter(starts).collect()
}

#[test]
fn a_mail_says_who_it_is_from_and_where_answers_go() {
    let mailer =
        mailer("email: {from: '\"Accounts\" <accounts@example.com>', reply_to: help@example.com}");
    let head = head(&mailer, &to(Some("alice")), &letter());
    for line in [
        "From: Accounts <accounts@example.com>",
        "Reply-To: help@example.com",
        "To: alice <alice@example.com>",
        "Subject: Your verification code is 123456",
        "Date: Sun, 16 Jan 2022 14:40:00 +0000",
    ] {
        assert!(head.iter().any(|found| found == line), "{line}: {head:?}");
    }
    assert!(named(&head, "Content-Type")[0].contains("multipart/alternative"));
}

#[test]
fn the_same_item_has_the_same_message_id() {
    let mailer = mailer("email: {from: accounts@example.com}");
    let id = |key| {
        let message = mailer.message(&to(None), &letter(), key, NOW).unwrap();
        message.headers().get_raw("Message-ID").unwrap().to_owned()
    };
    assert_eq!(id("a"), id("a"));
    assert_ne!(id("a"), id("b"));
    assert!(id("a").ends_with("@example.com>"), "{}", id("a"));
}

#[test]
fn names_and_subjects_inject_no_headers() {
    let mailer = mailer("");
    for hostile in [
        "alice\r\nBcc: victim@example.com",
        "alice\nBcc: victim@example.com\n\nbody",
        "\"alice\" <victim@example.com>, bob",
        "alice\u{2028}Bcc: victim@example.com",
        "alice\0\r\n\r\nbody",
        "ä\r\nBcc: victim@example.com",
    ] {
        let mut letter = letter();
        letter.subject = hostile.to_owned();
        let head = head(&mailer, &to(Some(hostile)), &letter);
        assert!(named(&head, "Bcc").is_empty(), "{head:?}");
        for once in ["To", "Subject", "From", "MIME-Version"] {
            assert_eq!(named(&head, once).len(), 1, "{once}: {head:?}");
        }
        let message = mailer
            .message(&to(Some(hostile)), &letter, "k", NOW)
            .unwrap();
        let recipients: Vec<_> = message
            .envelope()
            .to()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(recipients, ["alice@example.com"]);
    }
}

#[test]
fn an_address_that_is_none_is_refused_for_good_and_not_repeated() {
    let to = Recipient {
        address: "alice@example.com\r\nRCPT TO:<victim@example.com>",
        name: None,
    };
    let error = mailer("").message(&to, &letter(), "k", NOW).unwrap_err();
    assert!(matches!(error, MailError::Permanent(_)));
    assert!(!error.to_string().contains("alice"), "{error}");
}

/// A mail server that takes every mail, or refuses every recipient.
async fn smtp_server(refusal: Option<&'static str>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mails = Arc::new(Mutex::new(Vec::new()));
    let taken = mails.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            converse(stream, refusal, taken.clone()).await;
        }
    });
    (port, mails)
}

async fn converse(stream: TcpStream, refusal: Option<&str>, mails: Arc<Mutex<Vec<String>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut answer = "220 ready".to_owned();
    loop {
        let sent = write.write_all(format!("{answer}\r\n").as_bytes()).await;
        let (Ok(()), Ok(Some(line))) = (sent, lines.next_line().await) else {
            return;
        };
        answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "RCPT" => refusal.unwrap_or("250 ok").to_owned(),
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.unwrap();
                let mut mail = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                mails.lock().await.push(mail);
                "250 taken".to_owned()
            }
            _ => "250 ok".to_owned(),
        };
    }
}

fn over(port: u16) -> Mailer {
    mailer(&format!(
        "email: {{transport: smtp, mode: plain, hostname: 127.0.0.1, port: {port}}}"
    ))
}

#[tokio::test]
async fn a_mail_reaches_the_mail_server() {
    let (port, mails) = smtp_server(None).await;
    let mailer = over(port);
    mailer
        .send(&to(Some("alice")), &letter(), "k", NOW)
        .await
        .unwrap();
    let mails = mails.lock().await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("Subject: Your verification code is 123456"));
    assert!(mails[0].contains("Hello alice,"), "{}", mails[0]);
    assert!(mails[0].contains("text/html"));
}

#[tokio::test]
async fn what_the_mail_server_refuses_is_told_without_its_words() {
    for (refusal, permanent) in [
        ("550 no mailbox alice@example.com here", true),
        ("451 alice@example.com is greylisted", false),
    ] {
        let (port, _) = smtp_server(Some(refusal)).await;
        let error = over(port)
            .send(&to(None), &letter(), "k", NOW)
            .await
            .unwrap_err();
        assert_eq!(
            matches!(error, MailError::Permanent(_)),
            permanent,
            "{error}"
        );
        assert!(error.to_string().contains(&refusal[..3]), "{error}");
        assert!(!error.to_string().contains("alice"), "{error}");
    }
}

#[tokio::test]
async fn a_mail_server_that_is_away_may_come_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = over(port)
        .send(&to(None), &letter(), "k", NOW)
        .await
        .unwrap_err();
    assert!(matches!(error, MailError::Transient(_)), "{error}");
}

#[tokio::test]
async fn sendmail_is_handed_the_mail() {
    let by_command = async |command: &str| {
        let mailer = mailer(&format!(
            "email: {{transport: sendmail, command: '{command}'}}"
        ));
        mailer.send(&to(None), &letter(), "k", NOW).await
    };
    // Reads all of it, as one that ends before is an error of its own.
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("sendmail");
    std::fs::write(&program, "#!/bin/sh\ncat > \"$0.mail\"\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(by_command(program.to_str().unwrap()).await, Ok(()));
    let handed = std::fs::read_to_string(folder.path().join("sendmail.mail")).unwrap();
    assert!(handed.contains("Subject: "), "{handed}");
    for command in ["false", "/nonexistent/sendmail"] {
        let sent = by_command(command).await;
        assert!(matches!(sent, Err(MailError::Transient(_))), "{command}");
    }
}

#[tokio::test]
async fn a_mail_to_nowhere_or_to_the_log_always_leaves() {
    for transport in ["blackhole", "log"] {
        let mailer = mailer(&format!("email: {{transport: {transport}}}"));
        mailer.send(&to(None), &letter(), "k", NOW).await.unwrap();
    }
}
