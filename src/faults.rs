//! Panics, which is how drivers and window systems report some failures: those that are reckoned with become a reason, the others a
//! line without places of the machine that built the program.
//!
//! Owns the hook and the catching; what is done about a failure is its catcher's business.

use std::any::Any;
use std::cell::Cell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

thread_local! {
    /// How many catchers stand around what this thread does.
    static EXPECTED: Cell<usize> = const { Cell::new(0) };
}

/// How many catchers answer for every thread.
static EXPECTED_EVERYWHERE: AtomicUsize = AtomicUsize::new(0);
/// What went wrong first while one of them did: what other threads say after it is seldom the cause.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// From now on a panic that nobody catches is told in one line. With `RUST_BACKTRACE` set it is told as Rust does.
pub fn tell_shortly() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let is_wanted = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if EXPECTED_EVERYWHERE.load(Ordering::Acquire) > 0 && EXPECTED.get() == 0 {
                FIRST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| message(panic.payload()));
            } else if !is_expected() {
                if is_wanted { before(panic) } else { writeln!(std::io::stderr(), "{}", line(panic)).unwrap_or_default() }
            }
        }));
    });
}

/// Runs `work`; where it panics, says why. Nothing is printed, whatever thread of a pool that it waits for has panicked.
///
/// # Errors
/// The message of the panic.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    tell_shortly();
    EXPECTED.set(EXPECTED.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(work));
    EXPECTED.set(EXPECTED.get() - 1);
    result.map_err(|panic| message(panic.as_ref()))
}

/// [`caught`] for work that is spread over threads of others, as an app is: what any thread panics with first is the reason.
///
/// # Errors
/// The message of the first panic.
pub fn caught_everywhere<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    tell_shortly();
    let first = || FIRST.lock().unwrap_or_else(PoisonError::into_inner).take();
    if EXPECTED_EVERYWHERE.fetch_add(1, Ordering::AcqRel) == 0 {
        first();
    }
    // Not with `caught`: what has a catcher of its own is got over, and is not the reason of what happens hours later.
    let result = catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(panic.as_ref()));
    EXPECTED_EVERYWHERE.fetch_sub(1, Ordering::AcqRel);
    result.map_err(|own| first().unwrap_or(own))
}

/// Whether somebody answers for panics of this thread. Threads without a name are those of a pool, which hands a panic on to whoever
/// waits for it.
fn is_expected() -> bool {
    EXPECTED.get() > 0 || std::thread::current().name().is_none()
}

/// For threads of a pool that have a name: panics are told by whoever waits for the pool.
pub fn leave_to_the_pool() {
    EXPECTED.set(EXPECTED.get() + 1);
}

/// The message of a panic.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_else(|| "unknown reason".to_owned())
}

fn line(panic: &PanicHookInfo) -> String {
    let place = panic.location().map(|at| format!(" ({}:{})", short_place(at.file()), at.line())).unwrap_or_default();
    let thread = std::thread::current();
    let thread = thread.name().filter(|name| *name != "main").map(|name| format!(" in its thread {name}")).unwrap_or_default();
    format!("facefield: a fault of the program{thread}: {}{place}", message(panic.payload()))
}

/// A source file without the folders of the machine it was compiled on: "wgpu-29.0.4/src/lib.rs", "src/engine/decoder.rs".
fn short_place(file: &str) -> String {
    let file = file.replace('\\', "/");
    let Some(source) = file.rfind("/src/") else {
        // A path from the root says where something lay; its name says enough.
        return if file.starts_with('/') || file.contains(":/") { file.rsplit('/').next().unwrap_or_default().to_owned() } else { file };
    };
    let package = file[..source].rfind('/').map_or(0, |at| at + 1);
    file[package..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_reason() {
        assert_eq!(caught(|| 3), Ok(3));
        assert_eq!(caught(|| -> u8 { panic!("no library") }), Err("no library".into()));
        let number = 7;
        assert_eq!(caught(|| -> u8 { panic!("{number} libraries") }), Err("7 libraries".into()));
        assert_eq!(caught(|| -> u8 { std::panic::panic_any(number) }), Err("unknown reason".into()));
        assert!(!is_expected(), "the test's thread has a name, and nobody answers for it any more");
    }

    #[test]
    fn what_goes_wrong_first_is_the_reason_whichever_thread_it_was() {
        let work = || {
            let driver = std::thread::Builder::new().name("driver".into()).spawn(|| panic!("the device is lost")).unwrap();
            driver.join().unwrap_or_else(|_| panic!("a channel is closed"));
        };
        assert_eq!(caught_everywhere(work), Err("the device is lost".into()));
        assert_eq!(caught_everywhere(|| 1), Ok(1));
    }

    #[test]
    fn a_pool_hands_its_panics_on() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert!(pool.install(is_expected), "its threads have no name");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).thread_name(|_| "decode".into());
        assert!(pool.start_handler(|_| leave_to_the_pool()).build().unwrap().install(is_expected));
    }

    #[test]
    fn places_do_not_tell_where_it_was_compiled() {
        for (file, short) in [
            ("src/engine/decoder.rs", "src/engine/decoder.rs"),
            ("/home/me/.cargo/registry/src/index.crates.io-1949cf8c/wgpu-29.0.4/src/lib.rs", "wgpu-29.0.4/src/lib.rs"),
            ("/rustc/4a4ef4d/library/core/src/option.rs", "core/src/option.rs"),
            ("C:\\Users\\me\\x-1.0\\src\\a\\b.rs", "x-1.0/src/a/b.rs"),
            ("/home/me/tests/app.rs", "app.rs"),
        ] {
            assert_eq!(short_place(file), short);
        }
    }
}
