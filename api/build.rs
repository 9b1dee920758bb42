//! Puts the built account pages (`ui/`) into the binary: one table of files, empty where nobody has
//! built them. Runs no npm: `cargo xtask` does, or whoever builds.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    // In the tree also when nothing is built, so that cargo has something to watch.
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = folder.join("assets/account");
    println!("cargo:rerun-if-changed={}", folder.display());
    println!("cargo:rerun-if-changed=build.rs");

    let mut table = String::from("&[\n");
    for name in names(&folder.join("files"))? {
        let path = folder.join("files").join(&name);
        println!("cargo:rerun-if-changed={}", path.display());
        let path = path.to_string_lossy().into_owned();
        let _ = writeln!(table, "    ({name:?}, include_bytes!({path:?})),");
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("account_files.rs"), table)
}

/// Of all files, in order.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
        Ok(entries) => {
            for entry in entries {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    names.push(entry.file_name().to_string_lossy().into_owned());
                }
            }
        }
    }
    names.sort();
    Ok(names)
}
