//! The boundaries between the modules of this crate, checked in their sources: `session` imports nothing of the other
//! subjects, and no modules import each other in a circle. Tests may import anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The modules of this crate by their paths, each with its source as compiled without tests.
fn modules() -> BTreeMap<Vec<String>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let module = module_of(path.strip_prefix(&root).unwrap());
            let is_test = ["tests", "memory", "properties", "boundaries"];
            if !module.iter().any(|part| is_test.contains(&part.as_str())) {
                let source = fs::read_to_string(path).unwrap();
                let (product, _) =
                    source.split_once("#[cfg(test)]\nmod tests").unwrap_or((&source, ""));
                modules.insert(module, product.to_owned());
            }
        }
    }
    modules
}

fn module_of(file: &Path) -> Vec<String> {
    let file: PathBuf = file.with_extension("");
    let parts = file.iter().map(|part| part.to_str().unwrap().to_owned());
    parts.filter(|part| part != "mod" && part != "lib").collect()
}

/// The paths that a module imports or names, from the root of the crate.
fn imports(module: &[String], source: &str) -> BTreeSet<Vec<String>> {
    let code: Vec<_> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for (root, prefix) in
        [("crate::", &[][..]), ("super::", &module[..module.len().saturating_sub(1)])]
    {
        for (place, _) in code.match_indices(root) {
            // `super::super::` does not occur, and `pub(super)` has no colons.
            expand(&code[place + root.len()..], prefix, &mut found);
        }
    }
    found
}

/// Reads a path or a tree of paths, as in `a::{b, c::d}`, and puts each in.
fn expand(text: &str, prefix: &[String], found: &mut BTreeSet<Vec<String>>) -> usize {
    let mut path = prefix.to_vec();
    let mut place = 0;
    loop {
        let rest = &text[place..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut inner = 0;
            while !group[inner..].starts_with('}') {
                let skipped = group[inner..].len()
                    - group[inner..].trim_start_matches([',', ' ', '\n']).len();
                inner += skipped;
                if group[inner..].starts_with('}') {
                    break;
                }
                inner += expand(&group[inner..], &path, found).max(1);
            }
            return place + inner + 2;
        }
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if word == 0 {
            return place.max(1);
        }
        path.push(rest[..word].to_owned());
        place += word;
        match text[place..].strip_prefix("::") {
            Some(_) => place += 2,
            None => {
                found.insert(path);
                return place;
            }
        }
    }
}

/// The module that a path leads into: the longest one that it begins with.
fn target(path: &[String], modules: &BTreeMap<Vec<String>, String>) -> Option<Vec<String>> {
    (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|it| modules.contains_key(it))
}

#[test]
fn the_session_module_imports_none_of_the_others() {
    for (module, source) in
        modules().iter().filter(|(module, _)| module.first().is_some_and(|it| it == "session"))
    {
        for path in imports(module, source) {
            assert_eq!(
                path[0],
                "session",
                "{} names crate::{}",
                module.join("::"),
                path.join("::")
            );
        }
    }
}

#[test]
fn modules_have_no_circular_imports() {
    let modules = modules();
    let mut arrows: BTreeMap<_, BTreeSet<_>> = modules
        .iter()
        .map(|(module, source)| {
            let targets =
                imports(module, source).into_iter().filter_map(|it| target(&it, &modules));
            // A table of contents passes on what its parts own, and a part belongs to its whole.
            let targets = targets.filter(|it| !module.starts_with(it) && !it.starts_with(module));
            (module.clone(), targets.collect())
        })
        .collect();
    // Takes away what imports nothing that is left, until only circles are left.
    loop {
        let left: BTreeSet<_> = arrows.keys().cloned().collect();
        arrows.values_mut().for_each(|targets| targets.retain(|it| left.contains(it)));
        let before = arrows.len();
        arrows.retain(|_, targets| !targets.is_empty());
        if arrows.len() == before {
            break;
        }
    }
    assert!(arrows.is_empty(), "{arrows:#?}");
}
