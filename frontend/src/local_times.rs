//! Dates in the browser's time zone and the page's language. The server does not know the zone, and renders UTC.

use contract::attributes::LOCAL_TIME;
use js_sys::{Date, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

use crate::dom;

/// Shows every `<time data-local>` of the page.
pub(crate) fn show() {
    dom::each(&["time[", LOCAL_TIME, "]"].concat(), |time| _ = show_one(time));
}

fn show_one(time: &Element) -> Option<()> {
    let date = Date::new(&time.get_attribute("datetime")?.into());
    if date.get_time().is_nan() {
        return None;
    }
    let options = Object::new();
    Reflect::set(&options, &"dateStyle".into(), &"long".into()).ok()?;
    let format = Reflect::get(&date, &"toLocaleDateString".into()).ok()?;
    let format: Function = format.dyn_into().ok()?;
    // By reflection, because a translation tool may have set an invalid language.
    let language = dom::root()?.get_attribute("lang").into();
    let words = format.call2(&date, &language, &options);
    let words = words.or_else(|_| format.call2(&date, &JsValue::UNDEFINED, &options)).ok()?;
    time.set_text_content(words.as_string().as_deref());
    Some(())
}
