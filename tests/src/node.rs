//! Programs in `tests/node/`: what only exists as a package of npm. Needs Node.js and npm.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::server::{stderr, stdout};

const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// Runs a program with these variables in its environment; what it printed. Panics with all of its
/// output when it fails.
pub async fn run(target: &Path, program: &str, variables: &[(&str, &str)]) -> String {
    let folder = installed(target).await;
    let output = Command::new("node")
        .arg(folder.join(program))
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("node runs");
    let printed = stdout(&output);
    assert!(
        output.status.success(),
        "{program}: {}\n{printed}{}",
        output.status,
        stderr(&output)
    );
    printed
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("node")
}

/// All of them, as some are made of several files. Each is put there at once, as others may run it.
fn copy_programs(folder: &Path) {
    let part = folder.join(".part");
    for file in std::fs::read_dir(source()).expect("the folder is in the tree") {
        let path = file.expect("the folder can be read").path();
        if path.extension().is_some_and(|ending| ending == "mjs") {
            std::fs::copy(&path, &part).expect("a program can be copied");
            let name = path.file_name().expect("a file has a name");
            std::fs::rename(&part, folder.join(name)).expect("and put into its place");
        }
    }
}

/// The programs, and exactly what the lock file names, in the folder that cargo builds in; installed unless
/// it is there. One at a time, as the tests run side by side.
async fn installed(target: &Path) -> PathBuf {
    let folder = target.join("node");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let lock = File::create(folder.join(".lock")).expect("a file can be made");
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock));
    let lock = lock.await.expect("no panic").expect("the file is locked");
    copy_programs(&folder);
    let stamp = folder.join(".installed");
    let wanted = std::fs::read(source().join("package-lock.json")).expect("it is in the tree");
    if std::fs::read(&stamp).is_ok_and(|found| found == wanted) {
        return folder;
    }
    for file in FILES {
        std::fs::copy(source().join(file), folder.join(file)).expect("files can be copied");
    }
    let output = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&folder)
        .output()
        .await
        .expect("npm runs");
    assert!(output.status.success(), "{}", stderr(&output));
    std::fs::write(stamp, wanted).expect("files can be written");
    drop(lock);
    folder
}
