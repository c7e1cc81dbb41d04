//! A plain model of `readUTF` and `writeUTF`, as slow and simple as their specification.

/// Returns the units of a body, or the index of the malformed character and the number in Java's
/// exception.
pub fn read(body: &[u8]) -> Result<Vec<u16>, (usize, Option<usize>)> {
    let mut units = Vec::new();
    let mut at = 0;
    while at < body.len() {
        let size = match body[at] {
            0x00..=0x7F => 1,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => return Err((at, Some(at))),
        };
        let next = at + size;
        let Some(bytes) = body.get(at..next) else {
            return Err((at, None));
        };
        if bytes[1..].iter().any(|byte| byte & 0xC0 != 0x80) {
            // Of three bytes Java names the third, whichever is wrong.
            return Err((at, Some(at + 2)));
        }
        let lead = [0x7F, 0x1F, 0x0F][size - 1] & u16::from(bytes[0]);
        let low = bytes[1..].iter().map(|&byte| u16::from(byte & 0x3F));
        units.push(low.fold(lead, |unit, bits| unit << 6 | bits));
        at = next;
    }
    Ok(units)
}

/// Returns the body that `writeUTF` makes of these units.
pub fn write(units: &[u16]) -> Vec<u8> {
    let mut body = Vec::new();
    for &unit in units {
        let [high, middle, low] =
            [unit >> 12, unit >> 6 & 0x3F, unit & 0x3F].map(|bits| bits as u8);
        match unit {
            0x0001..=0x007F => body.push(unit as u8),
            0x0000 | 0x0080..=0x07FF => body.extend([0xC0 | middle, 0x80 | low]),
            0x0800.. => body.extend([0xE0 | high, 0x80 | middle, 0x80 | low]),
        }
    }
    body
}
