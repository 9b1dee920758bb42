//! A mail system that keeps each mail as a file.

use std::{os::unix::fs::PermissionsExt, path::PathBuf};

use crate::{LIMIT, TestDatabase};

/// Where the mails of a server lie.
#[derive(Debug)]
pub struct Mailbox {
    mails: PathBuf,
    command: PathBuf,
}

impl Mailbox {
    /// In the folder of a test's database; the same one each time.
    pub fn of(database: &TestDatabase) -> Self {
        let folder = database.folder();
        let mailbox = Self {
            mails: folder.join("mails"),
            command: folder.join("sendmail"),
        };
        if !mailbox.command.exists() {
            mailbox.set_up();
        }
        mailbox
    }

    fn set_up(&self) {
        std::fs::create_dir_all(&self.mails).unwrap();
        let text = format!(
            "#!/bin/sh\ncat > {0}/part.$$ && mv {0}/part.$$ {0}/$$.mail\n",
            self.mails.display()
        );
        std::fs::write(&self.command, text).unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&self.command, executable).unwrap();
    }

    /// The section of a configuration that sends mails here.
    #[must_use]
    pub fn section(&self) -> String {
        format!(
            "email:\n  from: '\"Us\" <us@example.com>'\n  reply_to: '<us@example.com>'\n  \
             transport: sendmail\n  command: {}\n",
            self.command.display()
        )
    }

    /// The mails that have been sent, once there are so many; the oldest first.
    pub async fn mails(&self, count: usize) -> Vec<String> {
        let deadline = tokio::time::Instant::now() + LIMIT;
        loop {
            let found = self.read();
            if found.len() >= count {
                return found;
            }
            assert!(tokio::time::Instant::now() < deadline, "no mail came");
            tokio::task::yield_now().await;
        }
    }

    fn read(&self) -> Vec<String> {
        let mut files: Vec<_> = std::fs::read_dir(&self.mails)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().extension().is_some_and(|kind| kind == "mail"))
            .map(|entry| (entry.metadata().unwrap().modified().unwrap(), entry.path()))
            .collect();
        files.sort();
        files
            .into_iter()
            .map(|(_, path)| std::fs::read_to_string(path).unwrap())
            .collect()
    }
}

/// The code of six digits in a mail.
#[must_use]
pub fn code_in(mail: &str) -> &str {
    mail.split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()))
        .expect("the mail has a code")
}
