//! The lines that a room sends to its members, read into their parts.
//!
//! | line | kind | from | text |
//! |---|---|---|---|
//! | `alice: hi` | message | alice | `hi` |
//! | `alice -> bob: psst` | private | alice | `psst` |
//! | `* 2026-11-26T09:30:00Z alice: hi` | history | alice | `hi` |
//! | `* alice joined` | notice | | `alice joined` |

/// A line of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RoomLine<'a> {
    pub(crate) kind: Kind,
    /// Name of the member who said it.
    pub(crate) from: Option<&'a str>,
    /// Time at which it was said, if the line has one.
    pub(crate) time: Option<&'a str>,
    pub(crate) text: &'a str,
}

/// The kind of a room's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Private,
    History,
    Notice,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Private => "private",
            Self::History => "history",
            Self::Notice => "notice",
        }
    }
}

impl<'a> RoomLine<'a> {
    /// Reads a line. One that no room sends is a notice without a sender.
    pub(crate) fn of(line: &'a str) -> Self {
        let notice = |text| Self {
            kind: Kind::Notice,
            from: None,
            time: None,
            text,
        };
        if let Some(own) = line.strip_prefix("* ") {
            return history(own).unwrap_or_else(|| notice(own));
        }
        said(line).unwrap_or_else(|| notice(line))
    }
}

fn history(own: &str) -> Option<RoomLine<'_>> {
    let (time, said_then) = own.split_once(' ')?;
    humantime::parse_rfc3339(time).ok()?;
    Some(RoomLine {
        kind: Kind::History,
        time: Some(time),
        ..said(said_then)?
    })
}

fn said(line: &str) -> Option<RoomLine<'_>> {
    let (names, text) = line.split_once(": ")?;
    let (from, to) = match names.split_once(" -> ") {
        Some((from, to)) => (from, Some(to)),
        None => (names, None),
    };
    let is_name = |name: &str| !name.is_empty() && !name.contains(' ');
    let kind = if to.is_some() {
        Kind::Private
    } else {
        Kind::Message
    };
    (is_name(from) && to.is_none_or(is_name)).then_some(RoomLine {
        kind,
        from: Some(from),
        time: None,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_into_its_parts() {
        let time = "2026-11-26T09:30:00Z";
        for (line, kind, from, text) in [
            ("alice: hi: ho", Kind::Message, Some("alice"), "hi: ho"),
            ("alice: ", Kind::Message, Some("alice"), ""),
            (
                "alice: a -> b: c",
                Kind::Message,
                Some("alice"),
                "a -> b: c",
            ),
            ("alice -> bob: hi", Kind::Private, Some("alice"), "hi"),
            ("* alice joined", Kind::Notice, None, "alice joined"),
            ("* here are a: b", Kind::Notice, None, "here are a: b"),
            (
                "* 2026-11-26T09:30:00Z alice: hi",
                Kind::History,
                Some("alice"),
                "hi",
            ),
            (
                "an echo: of something",
                Kind::Notice,
                None,
                "an echo: of something",
            ),
            ("", Kind::Notice, None, ""),
        ] {
            let time = (kind == Kind::History).then_some(time);
            assert_eq!(
                RoomLine::of(line),
                RoomLine {
                    kind,
                    from,
                    time,
                    text
                }
            );
        }
    }
}
