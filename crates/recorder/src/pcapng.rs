//! Writes a pcapng file of Ethernet packets with nanosecond times (draft-ietf-opsawg-pcapng).

use crate::capture::Packet;

/// Returns the file's bytes: a section header, one interface, and a block for each packet.
pub(crate) fn file(packets: &[Packet]) -> Vec<u8> {
    let mut file = Vec::new();
    // Byte-order magic, version 1.0, section length not given.
    let header = [
        &0x1A2B_3C4D_u32.to_le_bytes()[..],
        &[1, 0, 0, 0],
        &[0xFF; 8],
    ]
    .concat();
    block(&mut file, 0x0A0D_0D0A, &header);
    // LINKTYPE_ETHERNET, no snap length; option if_name, option if_tsresol of 10^-9, end of options.
    let name = [&[2, 0, 2, 0][..], b"lo\0\0"].concat();
    let resolution = [9, 0, 1, 0, 9, 0, 0, 0];
    let interface = [&[1, 0, 0, 0, 0, 0, 0, 0][..], &name, &resolution, &[0; 4]].concat();
    block(&mut file, 1, &interface);
    for packet in packets {
        let length = (packet.bytes.len() as u32).to_le_bytes();
        let high = ((packet.time >> 32) as u32).to_le_bytes();
        let low = (packet.time as u32).to_le_bytes();
        let mut body = [[0; 4], high, low, length, length].concat();
        body.extend(&packet.bytes);
        body.resize(body.len().next_multiple_of(4), 0);
        block(&mut file, 6, &body);
    }
    file
}

fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = (body.len() as u32 + 12).to_le_bytes();
    file.extend(kind.to_le_bytes());
    file.extend(length);
    file.extend(body);
    file.extend(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_ends_with_the_length_it_begins_with() {
        let packets = [Packet {
            time: 1 << 40 | 7,
            bytes: vec![0xAB; 61],
        }];
        let file = file(&packets);
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        let mut at = 0;
        let mut kinds = Vec::new();
        while at < file.len() {
            let length = word(at + 4) as usize;
            assert_eq!(length % 4, 0);
            assert_eq!(word(at + length - 4) as usize, length);
            kinds.push(word(at));
            at += length;
        }
        assert_eq!(kinds, [0x0A0D_0D0A, 1, 6]);
        let packet = file.len() - (12 + 20 + 64);
        assert_eq!(
            (word(packet + 12), word(packet + 16)),
            (1 << 8, 7),
            "high word, low word"
        );
        assert_eq!(word(packet + 20), 61);
    }
}
