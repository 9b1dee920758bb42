//! Running one statement for many sets of parameters, in few messages to the database.

use std::{borrow::Cow, collections::HashMap};

use futures_util::StreamExt;
use sqlx::{Either, Executor};

use super::{DatabaseError, Query, Transaction, Value};

/// How many sets a message may have. Few sizes, so that few texts are prepared.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// Texts that were made already: a statement, as often as a message has sets of parameters.
#[derive(Debug, Default)]
pub struct Repeated {
    texts: HashMap<(String, usize), String>,
}

impl Transaction {
    /// Runs a statement once for each of some sets of parameters, in their order, also after one that
    /// failed; how many rows each touched.
    ///
    /// On PostgreSQL a failure undoes the transaction, and with it everything that follows.
    pub async fn execute_each(
        &mut self,
        repeated: &mut Repeated,
        statement: &str,
        mut sets: &[Vec<Value>],
    ) -> Result<Vec<Result<u64, DatabaseError>>, DatabaseError> {
        let mut touched = Vec::with_capacity(sets.len());
        while let Some(size) = SIZES.into_iter().find(|size| *size <= sets.len()) {
            let Self::Sqlite(tx) = self else { break };
            let (now, rest) = sets.split_at(size);
            let message = Query {
                sql: Cow::Borrowed(repeated.text(statement, size, now[0].len())),
                values: now.concat(),
            };
            let before = touched.len();
            let mut answers = (&mut **tx).fetch_many(message.sqlite());
            while let Some(answer) = answers.next().await {
                match answer {
                    Ok(Either::Left(done)) => touched.push(Ok(done.rows_affected())),
                    Ok(Either::Right(_)) => {}
                    Err(error) => touched.push(Err(error.into())),
                }
            }
            drop(answers);
            // What comes after one that failed was not run.
            let run = touched.len() - before;
            sets = if run == size { rest } else { &sets[run..] };
            if run == 0 {
                break;
            }
        }
        for set in sets {
            let one = Query {
                sql: Cow::Borrowed(statement),
                values: set.clone(),
            };
            touched.push(self.execute(one).await);
        }
        Ok(touched)
    }
}

impl Repeated {
    fn text(&mut self, statement: &str, times: usize, parameters: usize) -> &str {
        self.texts
            .entry((statement.to_owned(), times))
            .or_insert_with(|| {
                let copies: Vec<String> = (0..times)
                    .map(|n| renumbered(statement, n * parameters))
                    .collect();
                copies.join(";\n")
            })
    }
}

/// The statement with its `$n` moved on.
fn renumbered(statement: &str, by: usize) -> String {
    let mut text = String::with_capacity(statement.len() + 16);
    let mut parts = statement.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        text.push('$');
        match number.parse::<usize>() {
            Ok(number) => text.push_str(&(number + by).to_string()),
            Err(_) => text.push_str(number),
        }
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{query, scratch};

    fn pairs(numbers: impl IntoIterator<Item = i64>) -> Vec<Vec<Value>> {
        let set = |number: i64| vec![Value::from(number), Value::from(format!("no. {number}"))];
        numbers.into_iter().map(set).collect()
    }

    async fn table() -> Transaction {
        let mut scratch = scratch().await.unwrap();
        scratch
            .execute(query(
                "CREATE TABLE numbers (number INTEGER PRIMARY KEY, name TEXT) STRICT",
            ))
            .await
            .unwrap();
        scratch
    }

    #[test]
    fn parameters_are_moved_on_and_nothing_else() {
        assert_eq!(
            renumbered(
                "UPDATE t SET a = $1, b = coalesce($2, $10) WHERE id = $3",
                20
            ),
            "UPDATE t SET a = $21, b = coalesce($22, $30) WHERE id = $23"
        );
        assert_eq!(renumbered("DELETE FROM t", 5), "DELETE FROM t");
    }

    #[tokio::test]
    async fn every_set_is_run_in_order() {
        let (mut scratch, mut repeated) = (table().await, Repeated::default());
        let insert = "INSERT INTO numbers (number, name) VALUES ($1, $2)";
        let sets = pairs(1..=87);
        let touched = scratch.execute_each(&mut repeated, insert, &sets).await;
        assert!(touched.unwrap().iter().all(|one| matches!(one, Ok(1))));
        let update = "UPDATE numbers SET name = name || $2 WHERE number >= $1";
        let sets: Vec<_> = [(87u32, "a"), (80, "b"), (99, "c")]
            .map(|(from, text)| vec![Value::from(from), Value::from(text)])
            .into();
        let touched = scratch.execute_each(&mut repeated, update, &sets).await;
        let touched: Vec<u64> = touched.unwrap().into_iter().map(Result::unwrap).collect();
        assert_eq!(touched, [1, 8, 0]);
        let last = query("SELECT name FROM numbers WHERE number = 87");
        let last = scratch.fetch_optional(last).await.unwrap().unwrap();
        assert_eq!(last.get::<String, _>(0).unwrap(), "no. 87ab");
    }

    #[tokio::test]
    async fn those_after_one_that_failed_are_run_all_the_same() {
        let (mut scratch, mut repeated) = (table().await, Repeated::default());
        let insert = "INSERT INTO numbers (number, name) VALUES ($1, $2)";
        let mut sets = pairs(1..=70);
        sets[10] = pairs([5]).remove(0);
        sets[66] = pairs([6]).remove(0);
        let touched = scratch.execute_each(&mut repeated, insert, &sets).await;
        let failed: Vec<usize> = touched
            .unwrap()
            .iter()
            .enumerate()
            .filter_map(|(n, one)| one.is_err().then_some(n))
            .collect();
        assert_eq!(failed, [10, 66]);
        let count = query("SELECT count(*) FROM numbers");
        let count = scratch.fetch_optional(count).await.unwrap().unwrap();
        assert_eq!(count.get::<i64, _>(0).unwrap(), 68);
    }
}
