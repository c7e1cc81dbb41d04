//! The look of a room's lines at a terminal: colored names, times, and the bell.

use std::time::SystemTime;

use anstyle::{Ansi256Color, Effects, Style};

use crate::room_line::{Kind, RoomLine};

/// Colors for names that are legible on black and on white.
const COLORS: [u8; 12] = [28, 30, 33, 63, 68, 97, 127, 130, 133, 161, 166, 172];

const DIM: Style = Style::new().effects(Effects::DIMMED);

/// The user's choices about the display of a room's lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) has_colors: bool,
    pub(super) has_times: bool,
}

impl Look {
    /// Returns a line as it is shown to the member called `me`. If another says that name, the bell rings.
    pub(super) fn show(self, line: &str, me: &str) -> String {
        let parts = RoomLine::of(line);
        let style = match parts.kind {
            Kind::Notice | Kind::History => DIM,
            Kind::Message | Kind::Private => Style::new(),
        };
        let text = match parts.from.filter(|_| parts.kind != Kind::History) {
            Some(name) => {
                let (_, behind) = line.split_at(name.len());
                format!("{}{behind}", self.paint(color_of(name), name))
            }
            None => self.paint(style, line),
        };
        let is_called = parts.kind == Kind::Private || mentions(parts.text, me);
        let is_from_other = parts.from.is_some_and(|from| from != me);
        let rings = is_called && is_from_other && parts.kind != Kind::History;
        let bell = if rings { "\x07" } else { "" };
        if self.has_times && parts.kind != Kind::History {
            let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
            let time = self.paint(DIM, &now[11..]);
            return format!("{bell}{time} {text}");
        }
        format!("{bell}{text}")
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.has_colors {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// Returns the color of a name, which is the same in every run.
fn color_of(name: &str) -> Style {
    let sum = name.bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    let color = COLORS[sum as usize % COLORS.len()];
    Style::new()
        .bold()
        .fg_color(Some(Ansi256Color(color).into()))
}

/// Returns whether `text` has `name` as a word of its own, in whatever case.
fn mentions(text: &str, name: &str) -> bool {
    let is_in_name = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_');
    let name = name.to_lowercase();
    text.split(|char| !is_in_name(char))
        .any(|word| word.to_lowercase() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look {
        has_colors: false,
        has_times: false,
    };

    #[test]
    fn the_bell_rings_when_another_member_says_one_s_name() {
        for (line, rings) in [
            ("alice: hi Bob!", true),
            ("alice: hi bobby", false),
            ("alice: bob-2", false),
            ("bob: I am bob", false),
            ("alice -> bob: psst", true),
            ("bob -> alice: psst", false),
            ("* bob joined", false),
            ("* 2026-11-26T09:30:00Z alice: bob", false),
        ] {
            let bell = if rings { "\x07" } else { "" };
            assert_eq!(PLAIN.show(line, "bob"), format!("{bell}{line}"));
        }
    }

    #[test]
    fn a_name_has_one_color_and_the_text_none() {
        let colors = Look {
            has_colors: true,
            ..PLAIN
        };
        let (one, other) = (colors.show("alice: a", "x"), colors.show("alice: b", "x"));
        assert_eq!(one.strip_suffix("a"), other.strip_suffix("b"));
        assert!(
            one.starts_with("\x1B[") && one.ends_with("\x1B[0m: a"),
            "{one:?}"
        );
    }

    #[test]
    fn a_time_is_put_before_each_line_that_has_none() {
        let times = Look {
            has_times: true,
            ..PLAIN
        };
        let shown = times.show("alice: hi", "x");
        assert_eq!(shown[2..].find(':'), Some(0), "{shown}");
        assert!(shown.ends_with("Z alice: hi"), "{shown}");
    }
}
