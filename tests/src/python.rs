//! Environments of Python in which a test's programs are installed: what only exists as a package of
//! `PyPI`. Needs Python 3.10 or newer with its `venv`.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

/// The interpreter of an environment in which everything is installed that `tests/<name>/requirements.txt`
/// pins; made in the folder that cargo builds in, by whoever comes first.
pub fn installed(target: &Path, name: &str) -> PathBuf {
    let source = source(name).join("requirements.txt");
    let wanted = std::fs::read_to_string(&source).expect("it is in the tree");
    let folder = target.join(name);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let lock = File::create(folder.join("lock")).expect("a file can be made");
    lock.lock().expect("the file is locked");
    let done = folder.join("installed.txt");
    let environment = folder.join("environment");
    let python = environment.join("bin/python");
    if std::fs::read_to_string(&done).is_ok_and(|found| found == wanted) {
        return python;
    }
    let made = Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&environment)
        .status();
    match made {
        Ok(status) => assert!(
            status.success(),
            "this test needs Python's venv (on Debian: the package python3-venv)"
        ),
        Err(error) => panic!("this test needs python3, 3.10 or newer: {error}"),
    }
    let pip = Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(["--only-binary", ":all:", "--requirement"])
        .arg(&source)
        .output()
        .expect("pip runs");
    let complaint = String::from_utf8_lossy(&pip.stderr);
    assert!(
        pip.status.success(),
        "{name} cannot be installed: {complaint}"
    );
    std::fs::write(&done, wanted).expect("files can be written");
    python
}

/// Where the files of such a program lie.
pub fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
