use super::*;

fn drawn(line: &str, cursor: usize, columns: usize) -> Drawn {
    let mut drawn = Drawn::new(Kind {
        wraps_anew: true,
        joins: false,
        combines: true,
    });
    drawn.begin(columns);
    drawn.draw_prompt("> ");
    drawn.draw_line(line, cursor);
    drawn
}

#[test]
fn a_line_is_drawn_so_that_no_terminal_has_a_choice() {
    for (line, expected) in [
        ("abc", "abc"),
        ("中文字", "中文\r\n字"),
        ("中文x", "中文\r\nx"),
        ("中文", "中文"),
        ("1234\n5", "1234\r\n5"),
        ("12\t5", "12\r\n    5"),
        ("中👩\u{200D}🚀x", "中\r\n\x1B[?7l👩🚀\x1B[5Gx\x1B[?7h"),
        ("123e\u{301}4", "123\x1B[?7le\u{301}\r\n4\x1B[?7h"),
        ("❤\u{FE0F}", "\x1B[?7l❤\x1B[4G\x1B[?7h"),
        ("a\x1B[0mb\u{202E}c", "ab\x1B[?7l\x1B[5Gc\x1B[?7h"),
    ] {
        let mut drawn = drawn("", 0, 6);
        assert_eq!(drawn.draw_line(line, line.len()), expected, "{line:?}");
    }
    let mut console = drawn("", 0, 6);
    console.terminal.combines = false;
    assert_eq!(console.draw_line("e\u{301}", 3), "\x1B[?7le\x1B[4G\x1B[?7h");
}

#[test]
fn a_full_row_before_the_cursor_ends_there() {
    let mut drawn = drawn("", 0, 6);
    assert_eq!(drawn.draw_line("1234", 4), "1234");
    assert_eq!(drawn.draw_line("1234\n5", 4), "1234\r\n\r\n5");
    drawn.draw_prompt("(123) ");
    assert_eq!(drawn.draw_line("", 0), "");
    assert_eq!(drawn.draw_line("x", 1), "\r\nx");
}

#[test]
fn the_editor_gets_as_many_empty_rows_as_the_line_had() {
    let line = "x".repeat(82);
    for (cursor, old, new, expected) in [
        (82, 40, 90, Some(("\x1B[2A", "\n\n"))),
        (0, 40, 90, Some(("", "\n\n\x1B[2A"))),
        (50, 40, 60, Some(("\x1B[1A", "\n\n\x1B[1A"))),
        (82, 40, 20, Some(("\x1B[4A", "\n\n"))),
        (82, 90, 40, Some(("\x1B[2A", ""))),
        // The cursor goes with the character below it.
        (38, 90, 40, Some(("\x1B[1A", ""))),
        // The editor puts the cursor behind a full row.
        (82, 84, 42, Some(("\x1B[2A", "\n"))),
        (38, 40, 20, Some(("\x1B[2A", "\n\n\x1B[1A"))),
        (82, 40, 40, None),
        (82, 90, 85, None),
    ] {
        let escapes = drawn(&line, cursor, old).resized(&line, cursor, new);
        let expected =
            expected.map(|(to_start, rows)| format!("{to_start}\r\x1B[K\n\x1B[J\x1B[A{rows}"));
        assert_eq!(escapes, expected, "{cursor}, {old} to {new}");
    }
    let mut drawn = drawn(&line, 82, 40);
    assert_eq!(drawn.resized("other", 5, 20), None);
    drawn.terminal.wraps_anew = false;
    assert_eq!(drawn.resized(&line, 82, 20), None);
}
