//! Turns `texts.json` into the `i18n` module. A text that lacks a language, and a key that the file lacks, do not
//! compile.

use std::{error::Error, fs, path::PathBuf};

use leptos_i18n_build::{Config, ParseOptions, TranslationsInfos};
use serde_json::{Map, Value};

const LANGUAGES: [&str; 2] = ["en", "ja"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=texts.json");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let texts: Map<String, Value> = serde_json::from_str(&fs::read_to_string("texts.json")?)?;
    // leptos_i18n wants a file for each language.
    let locales = out.join("locales");
    fs::create_dir_all(&locales)?;
    for language in LANGUAGES {
        let file = locales.join(format!("{language}.json"));
        fs::write(file, in_language(&texts, language, "")?.to_string())?;
    }

    let options = ParseOptions::new().interpolate_display(true);
    let config = Config::new(LANGUAGES[0])?.add_locales(&LANGUAGES[1..])?;
    let config = config.locales_path(locales).parse_options(options);
    let translations = TranslationsInfos::parse(config)?;
    translations.emit_diagnostics();
    translations.generate_i18n_module(out.join("i18n"))?;
    Ok(())
}

/// A text, or a group of texts and further groups, in one language. `key` is its name.
fn in_language(group: &Map<String, Value>, language: &str, key: &str) -> Result<Value, String> {
    if group.values().all(Value::is_string) {
        let text = group.get(language).cloned();
        return text.ok_or_else(|| format!("texts.json: {key} has no words for `{language}`"));
    }
    let in_language = |(name, value): (&String, &Value)| {
        let key = format!("{key}.{name}");
        let group =
            value.as_object().ok_or_else(|| format!("texts.json: {key} has no language"))?;
        Ok((name.clone(), in_language(group, language, &key)?))
    };
    group.iter().map(in_language).collect::<Result<_, _>>().map(Value::Object)
}
