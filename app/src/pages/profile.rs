//! `/profile`: the member's own profile, shown and edited in one place.

use contract::{
    Language,
    limits::{BIO_MAX, DISPLAY_NAME_MAX},
};
use domain::account::{
    member::{Member, Profile},
    profile::read_profile,
};
use leptos::prelude::*;

use crate::{
    api::{problem::Problem, update_profile::UPDATE_PROFILE},
    components::{
        field::{Field, FieldState, TextField, described_by},
        form::{ServerForm, SubmitButton, use_form},
        local_time::LocalDate,
        page::{Page, plate},
        session_length::SessionLength,
        settings_nav::SettingsNav,
    },
    http::request::ServerRequest,
    i18n::{Locale, tr, use_locale},
    page_view::PageView,
};

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let who = request.identity.member()?;
    let member = read_profile(&request.resources, who.session.member_id).await?;
    let locale = request.page_locale();
    Ok(PageView::new(tr!(locale, profile.title), || view! { <ProfilePage member/> })
        .described(tr!(locale, profile.description)))
}

/// The profile form. The browser must not restore its fields (`autocomplete="off"`): when going back in the history, it
/// would put what one member typed into the form of another who has logged in since.
#[component]
fn ProfilePage(member: Member) -> impl IntoView {
    let locale = use_locale();
    let Profile { display_name, bio, locale: language } = member.profile;
    let head = view! {
        <p class="lead">{tr!(locale, profile.lead)}</p>
        <dl class="facts">
            <div>
                <dt>{tr!(locale, profile.email)}</dt>
                <dd>{member.email.as_str().to_owned()}</dd>
            </div>
            <div>
                <dt>{tr!(locale, profile.member_since)}</dt>
                <dd><LocalDate moment=member.created_at/></dd>
            </div>
            <div>
                <dt>{tr!(locale, session.label)}</dt>
                <dd><SessionLength/></dd>
            </div>
        </dl>
        <SettingsNav/>
    };
    view! {
        <Page plate=plate::DOORPLATE heading=tr!(locale, profile.heading) head=head.into_any()>
            <ServerForm form=&UPDATE_PROFILE>
                <TextField
                    name="display_name"
                    label=tr!(locale, fields.display_name.label)
                    kind="text"
                    autocomplete="off"
                    hint=tr!(locale, fields.display_name.hint, max = DISPLAY_NAME_MAX)
                    value=display_name.as_str()
                />
                <BioField bio=bio.as_str().to_owned()/>
                <LanguageField language/>
                <SubmitButton words=tr!(locale, profile.submit)/>
            </ServerForm>
        </Page>
    }
}

#[component]
fn BioField(bio: String) -> impl IntoView {
    let locale = use_locale();
    let mut hint = tr!(locale, fields.bio.hint, max = BIO_MAX);
    if bio.is_empty() {
        // Japanese sentences stand side by side without a space.
        let space = if locale == Locale::ja { "" } else { " " };
        hint = format!("{hint}{space}{}", tr!(locale, profile.bio_empty));
    }
    let (state, described_by) = (FieldState::of("bio"), described_by("bio", &hint));
    view! {
        <Field name="bio" label=tr!(locale, fields.bio.label) hint is_optional=true>
            <textarea
                id="bio"
                name="bio"
                rows="4"
                autocomplete="off"
                aria-invalid=state.invalid()
                aria-describedby={described_by}
                autofocus=state.is_invalid
                inner_html=text_area_content(&use_form().value("bio", &bio))
            ></textarea>
        </Field>
    }
}

/// Escapes a text area's content. As a child it would be rendered with comments, which are text in a text area.
pub(crate) fn text_area_content(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[component]
fn LanguageField(language: Language) -> impl IntoView {
    let locale = use_locale();
    let typed = use_form().value("locale", language.as_str());
    let chosen = Language::from_name(&typed).unwrap_or(language);
    let option = move |language: Language, name: &'static str| {
        let tag = language.as_str();
        view! { <option value=tag lang=tag selected=language == chosen>{name}</option> }
    };
    let (state, hint) = (FieldState::of("locale"), tr!(locale, fields.locale.hint));
    view! {
        <Field
            name="locale"
            label=tr!(locale, fields.locale.label)
            hint
        >
            <select
                id="locale"
                name="locale"
                autocomplete="off"
                aria-invalid=state.invalid()
                aria-describedby=described_by("locale", hint)
                autofocus=state.is_invalid
            >
                {option(Language::En, tr!(locale, language.en))}
                {option(Language::Ja, tr!(locale, language.ja))}
            </select>
        </Field>
    }
}
