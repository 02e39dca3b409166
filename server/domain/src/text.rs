//! Visible and invisible characters. Members paste text from other programs, with zero-width spaces, joiners and byte
//! order marks that nobody sees.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// U+200C and U+200D: they make one emoji of several, and shape Arabic and Indic script.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Returns whether the character is visible by itself, which combining marks are not.
pub(crate) fn is_visible(c: char) -> bool {
    use GeneralCategoryGroup::{Letter, Number, Punctuation, Symbol};
    matches!(c.general_category_group(), Letter | Number | Punctuation | Symbol) && !is_blank(c)
}

/// Returns whether the character neither shows anything nor takes up space.
pub(crate) fn is_invisible(c: char) -> bool {
    c.general_category() == GeneralCategory::Format || is_variation_selector(c) || is_blank(c)
}

/// Returns whether it spells the region of a flag, as England's (UTS 51, emoji tag sequences).
fn is_flag_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// Returns whether it is a zero-width joiner or non-joiner.
pub(crate) fn is_joiner(c: char) -> bool {
    JOINERS.contains(&c)
}

/// Returns whether the character is not allowed in text that others read: line separators, control characters, and
/// format characters except joiners and flag tags, because some of them reorder the text around a name.
pub(crate) fn is_forbidden(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    match c.general_category() {
        Control | LineSeparator | ParagraphSeparator => true,
        Format => !is_joiner(c) && !is_flag_tag(c),
        _ => false,
    }
}

/// Letters, marks and symbols that fonts show as nothing: the combining grapheme joiner, Hangul and Khmer
/// fillers, the empty Braille pattern, the null notehead.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{034f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{1d159}'
    )
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}
