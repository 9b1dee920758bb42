//! What a `User-Agent` says of a program, its device and its operating system (contract graphql.md
//! 8.3).
//!
//! Browsers are told apart by a library. What it says is corrected where browsers have agreed to say
//! the same for everybody, which tells nothing.

use woothee::{parser::Parser, woothee::VALUE_UNKNOWN};

/// What is told; what is not told, or not known, is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserAgent {
    pub name: Option<String>,
    pub version: Option<String>,
    pub os: Option<String>,
    pub os_version: Option<String>,
    pub model: Option<String>,
    pub device: Device,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Device {
    Pc,
    Mobile,
    Tablet,
    #[default]
    Unknown,
}

#[must_use]
pub fn parse(text: &str) -> UserAgent {
    let mut told = of_matrix_client(text).unwrap_or_else(|| of_browser(text));
    if text.contains("Electron/")
        && let Some((name, version)) = electron_app(text)
    {
        told.name = Some(name.to_owned());
        told.version = Some(version.to_owned());
    }
    told
}

/// `Name/version (device; system; more)`, as Matrix clients that are no browsers introduce
/// themselves.
fn of_matrix_client(text: &str) -> Option<UserAgent> {
    if text.contains("Mozilla/") {
        return None;
    }
    let (name, rest) = text.split_once('/')?;
    let (version, segments) = rest.split_once(' ')?;
    let segments = segments.strip_prefix('(')?.strip_suffix(')')?;
    if name.is_empty() || version.is_empty() {
        return None;
    }
    let segments: Vec<&str> = segments.split(';').map(str::trim).collect();
    // Some put the kernel first, and then the two the other way round.
    let (model, os) = match segments.strip_prefix(&["Linux", "U"]) {
        Some([os, model, ..]) => (*model, *os),
        _ => match segments[..] {
            [model, os, ..] => (model, os),
            _ => return None,
        },
    };
    let model = model.split('/').next().unwrap_or_default().trim();
    let model = model.strip_suffix("Build").unwrap_or(model).trim();
    let (os, os_version) = os.split_once(' ').unwrap_or((os, ""));
    let device = match os {
        "Android" | "iOS" => Device::Mobile,
        _ => Device::Unknown,
    };
    Some(UserAgent {
        name: known(name),
        version: known(version),
        os: known(os),
        os_version: known(os_version),
        model: known(model),
        device: if model.contains("iPad") {
            Device::Tablet
        } else {
            device
        },
    })
}

fn of_browser(text: &str) -> UserAgent {
    let Some(found) = Parser::new().parse(text) else {
        return UserAgent::default();
    };
    let told = UserAgent {
        name: known(found.name),
        version: known(found.version),
        os: known(found.os),
        os_version: known(&found.os_version),
        model: None,
        device: match found.category {
            "pc" => Device::Pc,
            "smartphone" | "mobilephone" => Device::Mobile,
            _ => Device::Unknown,
        },
    };
    corrected(text, told)
}

/// What is said for everybody says nothing of this one.
fn corrected(text: &str, told: UserAgent) -> UserAgent {
    let UserAgent { os, os_version, .. } = &told;
    let os = os.clone().unwrap_or_default();
    let version = os_version.as_deref().unwrap_or_default();
    let says = |frozen: &str| text.contains(frozen);
    let system =
        |os: &str, os_version: Option<&str>| (os.to_owned(), os_version.map(str::to_owned));
    let (os, os_version) = match (os.as_str(), version) {
        ("Windows 10", "NT 10.0") if says("Windows NT 10.0; Win64; x64") => system("Windows", None),
        ("Linux", _) if says("X11; Linux x86_64") => system("Linux", None),
        ("ChromeOS", _) if says("X11; CrOS x86_64 14541.0.0") => system("Chrome OS", None),
        ("Android", "10") if says("Linux; Android 10; K") => system("Android", None),
        ("Mac OSX", "10.15.7") if says("Macintosh; Intel Mac OS X 10_15_7") => {
            system("macOS", None)
        }
        ("iPhone" | "iPod", _) => {
            return UserAgent {
                model: Some(os),
                os: Some("iOS".to_owned()),
                ..told
            };
        }
        ("iPad", _) => {
            return UserAgent {
                model: Some(os),
                os: Some("iPadOS".to_owned()),
                device: Device::Tablet,
                ..told
            };
        }
        ("Mac OSX", version) => system("macOS", known(version).as_deref()),
        (os, version) => match os.strip_prefix("Windows ") {
            Some(windows) => system("Windows", Some(windows)),
            None => system(os, known(version).as_deref()),
        },
    };
    UserAgent {
        os: known(&os),
        os_version,
        ..told
    }
}

/// The application in a browser of its own: the first word with a version that is not the browser's.
fn electron_app(text: &str) -> Option<(&str, &str)> {
    const BROWSER: [&str; 5] = ["Mozilla", "AppleWebKit", "Chrome", "Electron", "Safari"];
    text.split(' ')
        .filter_map(|word| word.split_once('/'))
        .find(|(name, version)| !name.is_empty() && !version.is_empty() && !BROWSER.contains(name))
}

fn known(text: &str) -> Option<String> {
    (!text.is_empty() && text != VALUE_UNKNOWN).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told<'t> = [Option<&'t str>; 5];

    #[track_caller]
    fn says(text: &str, [name, version, os, os_version, model]: Told<'_>, device: Device) {
        let wanted = UserAgent {
            name: name.map(str::to_owned),
            version: version.map(str::to_owned),
            os: os.map(str::to_owned),
            os_version: os_version.map(str::to_owned),
            model: model.map(str::to_owned),
            device,
        };
        assert_eq!(parse(text), wanted, "{text}");
    }

    #[test]
    fn matrix_clients_name_their_device_and_system() {
        says(
            "Element X/1.2.3 (Pixel 8 Build/UD1A; Android 14; Sdk 34)",
            [
                Some("Element X"),
                Some("1.2.3"),
                Some("Android"),
                Some("14"),
                Some("Pixel 8"),
            ],
            Device::Mobile,
        );
        says(
            "Element/1.6.1 (Linux; U; Android 12; SM-G991B/XYZ; Flavour)",
            [
                Some("Element"),
                Some("1.6.1"),
                Some("Android"),
                Some("12"),
                Some("SM-G991B"),
            ],
            Device::Mobile,
        );
        says(
            "Element/1.9.7 (iPad Pro 12.9; iOS 17.4; Scale/2.00)",
            [
                Some("Element"),
                Some("1.9.7"),
                Some("iOS"),
                Some("17.4"),
                Some("iPad Pro 12.9"),
            ],
            Device::Tablet,
        );
        says(
            "fluffy/2 (Desk; Plan9)",
            [Some("fluffy"), Some("2"), Some("Plan9"), None, Some("Desk")],
            Device::Unknown,
        );
    }

    #[test]
    fn browsers_are_told_apart() {
        says(
            "Mozilla/5.0 (X11; Ubuntu; Linux i686; rv:120.0) Gecko/20100101 Firefox/120.0",
            [Some("Firefox"), Some("120.0"), Some("Linux"), None, None],
            Device::Pc,
        );
        says(
            "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:40.0) Gecko/20100101 Firefox/40.0",
            [
                Some("Firefox"),
                Some("40.0"),
                Some("Windows"),
                Some("7"),
                None,
            ],
            Device::Pc,
        );
        says(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like \
             Gecko) Version/13.1 Safari/605.1.15",
            [
                Some("Safari"),
                Some("13.1"),
                Some("macOS"),
                Some("10.13.6"),
                None,
            ],
            Device::Pc,
        );
        says(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
             like Gecko) Version/17.3 Mobile/15E148 Safari/604.1",
            [
                Some("Safari"),
                Some("17.3"),
                Some("iOS"),
                Some("17.3"),
                Some("iPhone"),
            ],
            Device::Mobile,
        );
        says(
            "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
             Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
            [
                Some("Safari"),
                Some("16.6"),
                Some("iPadOS"),
                Some("16.6"),
                Some("iPad"),
            ],
            Device::Tablet,
        );
    }

    #[test]
    fn what_browsers_say_for_everybody_tells_no_version() {
        let chrome = |system: &str| {
            format!(
                "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 \
                 Safari/537.36"
            )
        };
        for (system, os, device) in [
            ("Windows NT 10.0; Win64; x64", "Windows", Device::Pc),
            ("X11; Linux x86_64", "Linux", Device::Pc),
            ("X11; CrOS x86_64 14541.0.0", "Chrome OS", Device::Pc),
            ("Linux; Android 10; K", "Android", Device::Mobile),
            ("Macintosh; Intel Mac OS X 10_15_7", "macOS", Device::Pc),
        ] {
            let wanted = [Some("Chrome"), Some("120.0.0.0"), Some(os), None, None];
            says(&chrome(system), wanted, device);
        }
    }

    #[test]
    fn an_application_in_electron_is_named_itself() {
        says(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Element/1.11.50 Chrome/118.0.5993.159 Electron/27.1.3 Safari/537.36",
            [Some("Element"), Some("1.11.50"), Some("Linux"), None, None],
            Device::Pc,
        );
    }

    #[test]
    fn of_what_nobody_knows_nothing_is_told() {
        for text in ["", "-", "x", "curl", "a/b", "a/b (c)", "a/b c", "/1 (a; b)"] {
            let told = parse(text);
            assert_eq!((told.os, told.model), (None, None), "{text}");
            assert_eq!(told.device, Device::Unknown, "{text}");
        }
    }
}
