//! What a program learns that uses GraphQL with a bearer token: since when that is deprecated (RFC 9745),
//! until when it may count on it (RFC 8594), and what to use instead (RFC 8288).

use chrono::{NaiveDate, NaiveTime};
use poem::{
    Response,
    http::{HeaderName, HeaderValue, header},
};

use crate::config::BEARER_DEPRECATED;

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// The headers, the same in every answer of a listener.
#[derive(Debug)]
pub struct Deprecation(Vec<(HeaderName, HeaderValue)>);

impl Deprecation {
    /// For a listener below a prefix without a slash at its end.
    pub fn new(prefix: &str, sunset: Option<NaiveDate>) -> Self {
        let since = BEARER_DEPRECATED.and_time(NaiveTime::MIN).and_utc();
        let successor = format!("<{prefix}/api/doc/>; rel=\"successor-version\"");
        let until = sunset.map(|day| day.format("%a, %d %b %Y 00:00:00 GMT").to_string());
        let headers = [
            (DEPRECATION, Some(format!("@{}", since.timestamp()))),
            (SUNSET, until),
            (header::LINK, Some(successor)),
        ];
        // Only a prefix can be no header's text, and no request is told of one.
        let value = |text: Option<String>| HeaderValue::from_str(&text?).ok();
        let headers = headers.into_iter();
        Self(
            headers
                .filter_map(|(name, text)| Some((name, value(text)?)))
                .collect(),
        )
    }

    pub fn tell(&self, response: &mut Response) {
        for (name, value) in &self.0 {
            response.headers_mut().insert(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sunset: Option<NaiveDate>) -> Vec<(String, String)> {
        let headers = Deprecation::new("/auth", sunset).0.into_iter();
        headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect()
    }

    #[test]
    fn the_end_is_told_where_there_is_one() {
        let since = ("deprecation".to_owned(), "@1767225600".to_owned());
        let link = (
            "link".to_owned(),
            "</auth/api/doc/>; rel=\"successor-version\"".to_owned(),
        );
        let end = (
            "sunset".to_owned(),
            "Wed, 30 Jun 2027 00:00:00 GMT".to_owned(),
        );
        assert_eq!(told(None), [since.clone(), link.clone()]);
        let day = NaiveDate::from_ymd_opt(2027, 6, 30);
        assert_eq!(told(day), [since, end, link]);
    }
}
