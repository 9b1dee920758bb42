//! Colours of the configuration, and whether text in them can be read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color([u8; 3]);

impl Color {
    pub const BLACK: Self = Self([0; 3]);
    pub const WHITE: Self = Self([0xff; 3]);
    /// Behind text, where the reader wants it dark (`api/assets/pages/site.css`).
    pub const DARK: Self = Self([0x1c, 0x1e, 0x28]);

    /// Of two colours, as WCAG 2 reckons it: 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// With so many hundredths of another colour.
    #[must_use]
    pub fn mixed(self, other: Self, hundredths: u16) -> Self {
        let mut mixed = self.0;
        for (channel, with) in mixed.iter_mut().zip(other.0) {
            let sum = u16::from(*channel) * (100 - hundredths) + u16::from(with) * hundredths;
            *channel = u8::try_from(sum / 100).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", hex::encode(self.0))
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

impl TryFrom<String> for Color {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut color = [0; 3];
        text.strip_prefix('#')
            .filter(|digits| hex::decode_to_slice(digits, &mut color).is_ok())
            .ok_or_else(|| format!("expected a colour such as `#3b4fb8`, not `{text}`"))?;
        Ok(Self(color))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> Color {
        text.to_owned().try_into().unwrap()
    }

    #[test]
    fn a_colour_is_written_as_it_was_read() {
        assert_eq!(color("#3b4fb8").to_string(), "#3b4fb8");
        for wrong in ["3b4fb8", "#3b4fb", "#3b4fbx", "red", "#fff;}body{"] {
            assert!(Color::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn black_on_white_has_the_greatest_contrast() {
        assert!((color("#000000").contrast(Color::WHITE) - 21.0).abs() < 0.001);
        assert!((Color::WHITE.contrast(Color::WHITE) - 1.0).abs() < 0.001);
        assert!((color("#767676").contrast(Color::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn a_mixture_lies_between() {
        assert_eq!(color("#000000").mixed(Color::WHITE, 50), color("#7f7f7f"));
        assert_eq!(color("#102030").mixed(Color::WHITE, 0), color("#102030"));
    }
}
