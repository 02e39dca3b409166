//! `/profile`: the member's own profile, shown and edited in one place.

use leptos::prelude::*;

use crate::{
    api::get_profile::ProfileView,
    components::{
        field::{FieldProblem, Hint, Input, TextField, described_by, is_invalid},
        form::{FormState, ServerForm, SubmitButton},
        own_profile::OwnProfile,
        page_head::PageHead,
        session_length::SessionLength,
        settings_nav::SettingsNav,
    },
    i18n::{Locale, date_words, locale_of, tag_of, tr, use_locale},
};

/// The profile page.
#[component]
pub(crate) fn ProfilePage() -> impl IntoView {
    let title = tr!(use_locale(), profile.title);
    view! { <OwnProfile plate="表札" title page=|profile| view! { <Profile profile/> }.into_any()/> }
}

#[component]
fn Profile(profile: ProfileView) -> impl IntoView {
    let locale = use_locale();
    let since_words = date_words(locale, &profile.member_since);
    let (email, since) = (profile.email.clone(), profile.member_since.clone());
    view! {
        <div class="page">
            <PageHead
                plate="表札"
                title=tr!(locale, profile.title)
                description=tr!(locale, profile.description)
                heading=tr!(locale, profile.heading)
            >
                <p class="lead">{tr!(locale, profile.lead)}</p>
                <dl class="facts">
                    <div>
                        <dt>{tr!(locale, profile.email)}</dt>
                        <dd>{email}</dd>
                    </div>
                    <div>
                        <dt>{tr!(locale, profile.member_since)}</dt>
                        <dd>
                            <time datetime=since>
                                {since_words}
                            </time>
                        </dd>
                    </div>
                    <div>
                        <dt>{tr!(locale, session.label)}</dt>
                        <dd><SessionLength/></dd>
                    </div>
                </dl>
                <SettingsNav/>
            </PageHead>
            <div class="page-body">
                <ServerForm
                    function="update_profile"
                    fields=Box::new(move |form| fields(form, profile))
                />
            </div>
        </div>
    }
}

/// The server fills in everything, so the browser is to keep nothing: on the way back through the history it
/// would put what one member has typed into the form of another, who has logged in since.
fn fields(form: FormState, profile: ProfileView) -> AnyView {
    let locale = use_locale();
    let display_name = Input {
        name: "display_name",
        label: tr!(locale, fields.display_name.label),
        kind: "text",
        autocomplete: "off",
    };
    view! {
        <TextField
            form
            input=display_name
            hint=tr!(locale, fields.display_name.hint)
            value=profile.display_name
        />
        <BioField form bio=profile.bio/>
        <LocaleField form chosen=profile.locale/>
        <SubmitButton
            form
            words=tr!(locale, profile.submit)
            pending_words=tr!(locale, profile.saving)
        />
    }
    .into_any()
}

#[component]
fn BioField(form: FormState, bio: String) -> impl IntoView {
    let locale = use_locale();
    let problem = form.problem_of("bio");
    let mut hint = tr!(locale, fields.bio.hint).to_owned();
    if bio.is_empty() {
        // Japanese sentences stand side by side without a space.
        let space = if locale == Locale::ja { "" } else { " " };
        hint = format!("{hint}{space}{}", tr!(locale, profile.bio_empty));
    }
    view! {
        <div class="field">
            <label for="bio">
                {tr!(locale, fields.bio.label)} " "
                <span class="optional">{tr!(locale, fields.optional)}</span>
            </label>
            <Hint name="bio" hint=Some(hint)/>
            <textarea
                id="bio"
                name="bio"
                rows="4"
                autocomplete="off"
                aria-invalid=is_invalid(problem)
                aria-describedby=described_by("bio", true, problem)
            >
                {text_area_content(form.value("bio", &bio))}
            </textarea>
            <FieldProblem name="bio" problem/>
        </div>
    }
}

/// Leptos writes a text area's content into the page as it is: it could end the element, and go on as HTML.
#[cfg(feature = "ssr")]
pub(crate) fn text_area_content(text: String) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The browser takes text for text.
#[cfg(not(feature = "ssr"))]
fn text_area_content(text: String) -> String {
    text
}

#[component]
fn LocaleField(form: FormState, chosen: String) -> impl IntoView {
    let locale = use_locale();
    let problem = form.problem_of("locale");
    let chosen = locale_of(&form.value("locale", &chosen)).unwrap_or(locale);
    let option = move |language: Locale, name: &'static str| {
        let tag = tag_of(language);
        view! { <option value=tag lang=tag selected=language == chosen>{name}</option> }
    };
    view! {
        <div class="field">
            <label for="locale">{tr!(locale, fields.locale.label)}</label>
            <Hint name="locale" hint=Some(tr!(locale, fields.locale.hint).to_owned())/>
            <select
                id="locale"
                name="locale"
                autocomplete="language"
                aria-invalid=is_invalid(problem)
                aria-describedby=described_by("locale", true, problem)
            >
                {option(Locale::en, tr!(locale, language.en))}
                {option(Locale::ja, tr!(locale, language.ja))}
            </select>
            <FieldProblem name="locale" problem/>
        </div>
    }
}
