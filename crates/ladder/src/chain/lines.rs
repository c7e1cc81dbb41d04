//! Line breaks in long names of functions.
//!
//! In 24 columns `tokio::runtime::io::driver::Driver::turn` becomes `tokio::runtime::io::` and, indented on the next
//! line, `driver::Driver::turn`.

use textwrap::core::display_width;

use super::columns::Line;

/// Returns the function and its place, in lines of at most `width` columns.
pub(super) fn function(line: &Line, width: usize) -> Vec<String> {
    let mut lines = cut(&line.function, width);
    if line.place.is_empty() {
        return lines;
    }
    match lines.last_mut() {
        Some(last) if display_width(last) + 2 + line.place.len() <= width => {
            *last += &format!("  {}", line.place);
        }
        _ => lines.extend(cut(&format!("  {}", line.place), width)),
    }
    lines
}

/// Returns `name` in lines, each of which ends in a dot or a colon, or in an underscore if it is a name in C.
fn cut(name: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let ends = if name.contains(['.', ':']) {
        ['.', ':', ' ']
    } else {
        ['_'; 3]
    };
    for piece in name.split_inclusive(ends) {
        let last = lines.last_mut().expect("it begins with one");
        // The second colon stays with the first.
        let colon = usize::from(piece.ends_with(':'));
        let fits = piece == ":" || display_width(last) + display_width(piece) + colon <= width;
        if !last.is_empty() && !fits {
            lines.push(format!("  {piece}"));
        } else {
            last.push_str(piece);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_behind_a_dot_or_colons() {
        let lines = cut("tokio::runtime::io::driver::Driver::turn", 24);
        assert_eq!(lines, ["tokio::runtime::io::", "  driver::Driver::turn"]);
        let lines = cut("tokio::runtime::io::driver::Driver::turn", 19);
        assert_eq!(
            lines,
            ["tokio::runtime::", "  io::driver::", "  Driver::turn"]
        );
        let lines = cut("Java_java_net_PlainSocketImpl_socketAccept", 40);
        assert_eq!(lines, ["Java_java_net_PlainSocketImpl_", "  socketAccept"]);
    }

    #[test]
    fn a_place_stands_behind_its_function_where_there_is_room() {
        let line = Line {
            function: "server.main".into(),
            place: "server.java:17".into(),
            ..Line::default()
        };
        assert_eq!(function(&line, 30), ["server.main  server.java:17"]);
        assert_eq!(function(&line, 16), ["server.main", "  server.java:17"]);
    }
}
