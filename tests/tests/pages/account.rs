use muniment_tests::{TestDatabase, each_backend};

use crate::{UNLIMITED, browser::Browser, signed_in, start, user};

each_backend!(account_pages_want_a_session_and_keep_what_was_to_be_done);

async fn account_pages_want_a_session_and_keep_what_was_to_be_done(database: TestDatabase) {
    let server = start(&database, UNLIMITED).await;
    user(&server, "john", None).await;
    let mut browser = Browser::new(&server);
    let change = browser.get("/.well-known/change-password").await;
    change.leads_to("/account/password/change");
    let bare = browser.get("/account?action=a&device_id=b%26c").await;
    bare.leads_to("/account/?action=a&device_id=b%26c");
    let first = browser
        .get("/account/sessions?action=a&device_id=b%26c")
        .await;
    first.leads_to("/login?kind=manage_account&action=a&device_id=b%26c");
    assert_eq!(
        browser
            .get("/account/password/recovery?ticket=x")
            .await
            .status,
        200
    );
    let login = first.location().to_owned();
    let answer = browser.sign_in(&login, "john", crate::PASSWORD).await;
    answer.leads_to("/account/?action=a&device_id=b%26c");
    browser.get("/account/").await.says("john");
    assert_eq!(
        signed_in(&server, "john")
            .await
            .get("/account/any/thing")
            .await
            .status,
        200
    );
    let unknown = browser.get("/no/such/page").await;
    assert_eq!(unknown.status, 404);
    unknown.says("<html");
}
