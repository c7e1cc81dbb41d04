//! Tests that nobody has edited the lab's two programs, which judge everything else.

use std::fs;

use sha2::{Digest, Sha256};

use crate::support::{read, root};

#[test]
fn the_originals_have_the_hashes_that_their_readme_states() {
    let java = root().join("java");
    let readme = read(&java.join("README.md"));
    for name in ["client.java", "server.java"] {
        let program = fs::read(java.join(name)).unwrap();
        let row = format!("| `{name}` | `{}` |", hex::encode(Sha256::digest(program)));
        assert!(
            readme.lines().any(|line| line == row),
            "java/README.md does not say {row}"
        );
    }
}
