//! Facts in words, each with what shows it.

use super::words::{Language, Words, words};

/// A sentence, or a part of one, that somebody may doubt.
#[derive(Clone, Copy)]
pub struct Fact {
    pub words: Words,
    pub basis: Basis,
}

/// What shows a fact.
#[derive(Clone, Copy)]
pub enum Basis {
    /// A test: its file, from the top of the repository, and its name
    Test(&'static str, &'static str),
    /// Figures, by the id of their section
    Figures(&'static str),
    /// Nothing here, as its section says
    NotMeasured,
}

pub const COPIES: Basis = Basis::Test(
    "lab/tests/approaches/promises.rs",
    "a_copied_cookie_or_token_ends_with_the_log_out_if_the_approach_remembers_sessions",
);
pub const ROLES: Basis = Basis::Test(
    "lab/tests/approaches/promises.rs",
    "a_role_that_was_taken_away_is_gone_when_the_approach_says_so",
);
pub const MEMORY_RACE: Basis = Basis::Test(
    "lab/tests/approaches/races.rs",
    "a_page_under_way_brings_a_session_in_memory_back_that_a_log_out_has_ended",
);
pub const COMMON_RACE: Basis = Basis::Test(
    "lab/tests/approaches/races.rs",
    "commands_as_commonly_written_bring_a_session_back_that_a_log_out_has_ended",
);
pub const TOKEN_RACE: Basis = Basis::Test(
    "lab/tests/approaches/races.rs",
    "a_token_with_a_store_brings_a_session_back_that_a_log_out_has_ended",
);
pub const REUSE: Basis = Basis::Test(
    "server/tests/it/auth_refresh.rs",
    "reusing_a_consumed_token_ends_the_session_and_no_other",
);
pub const STORES_READER: Basis = Basis::Test(
    "lab/tests/approaches/thieves.rs",
    "somebody_who_reads_the_store_gets_in_if_it_holds_what_browsers_present",
);
pub const KEYS_THIEF: Basis = Basis::Test(
    "lab/tests/approaches/thieves.rs",
    "somebody_who_has_the_key_gets_in_as_anybody_if_nothing_else_is_asked",
);
pub const BELIEVED: Basis = Basis::Test(
    "lab/tests/approaches/thieves.rs",
    "somebody_who_has_the_key_and_a_session_gets_in_as_anybody_if_the_token_is_believed",
);
pub const JOSE: Basis = Basis::Test(
    "lab/tests/approaches/jwe_reader.rs",
    "another_implementation_of_jose_opens_the_encrypted_token_and_verifies_the_signed_one",
);
pub const SCRIPT_REFRESHES: Basis = Basis::Test(
    "end2end/lab/thefts.spec.ts",
    "an injected script asks for a token that a page would keep in memory",
);
pub const LOCAL_STORAGE: Basis =
    Basis::Test("end2end/lab/thefts.spec.ts", "an injected script reads a token in localStorage");
pub const SCRIPTS_MEMORY: Basis = Basis::Test(
    "end2end/lab/thefts.spec.ts",
    "an injected script takes a token in memory from the page's next request",
);
pub const HTTP_ONLY: Basis =
    Basis::Test("end2end/lab/thefts.spec.ts", "an injected script cannot read HttpOnly cookies");
pub const ACTS: Basis =
    Basis::Test("end2end/lab/thefts.spec.ts", "an injected script can act as the member");
pub const COOKIE_LIMIT: Basis = Basis::Test(
    "end2end/lab/cookies.spec.ts",
    "a cookie of 4,097 bytes is dropped without a word, one of 4,096 is kept",
);

impl Fact {
    /// The words, and a link to what shows them.
    pub fn markdown(self, language: Language) -> String {
        let words = self.words.get(language);
        let link = match self.basis {
            Basis::Test(file, test) => {
                format!("[{}](../{file} \"{test}\")", TEST.get(language))
            }
            Basis::Figures(section) => format!("[{}](#{section})", FIGURES.get(language)),
            Basis::NotMeasured => format!("[{}](#not-measured)", NOT_MEASURED.get(language)),
        };
        match language {
            Language::English => format!("{words} ({link})"),
            Language::Japanese => format!("{words}（{link}）"),
        }
    }
}

const TEST: Words = words("test", "テスト");
const FIGURES: Words = words("figures", "数値");
const NOT_MEASURED: Words = words("not measured", "未測定");
