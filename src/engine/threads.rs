//! Threads of the engine, and pools of their own: started, or else a sentence that says why not.

use std::thread::JoinHandle;

use super::priority::yield_to_frames;
use crate::faults::leave_to_the_pool;

/// Starts a thread; `purpose` completes "for ..".
///
/// # Errors
/// Why the system starts none, and what helps.
pub(super) fn start(name: &str, purpose: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, String> {
    start_from(std::thread::Builder::new(), name, purpose, work)
}

fn start_from(
    builder: std::thread::Builder,
    name: &str,
    purpose: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, String> {
    builder.name(name.to_owned()).spawn(work).map_err(|error| {
        format!("The system starts no more threads, and one is needed for {purpose} ({error}). Close other programs, then start again")
    })
}

/// Whether the threads of a pool let frames go before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manners {
    /// They do.
    Yields,
    /// They work like any other.
    Works,
}

/// Runs `work` in a pool of `threads` threads of its own; where the system starts no more, on the calling thread alone.
pub(super) fn in_pool(name: &'static str, threads: usize, manners: Manners, work: impl FnOnce() + Send) {
    let greet = move || {
        leave_to_the_pool();
        if manners == Manners::Yields {
            yield_to_frames();
        }
    };
    greet();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).thread_name(move |n| format!("{name}-{n}"));
    let pool = pool.start_handler(move |_| greet()).build();
    // The pool that everyone shares may not be there either, and asking for it would be a panic then.
    match pool.or_else(|_| rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build()) {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_cannot_be_started_is_a_sentence() {
        // No system has room for such a stack.
        let builder = std::thread::Builder::new().stack_size(usize::MAX / 4);
        let error = start_from(builder, "x", "decoding faces", || {}).unwrap_err();
        assert!(error.contains("for decoding faces") && error.contains("start again"), "{error}");
        start("x", "nothing", || {}).unwrap().join().unwrap();
    }

    #[test]
    fn a_pool_has_as_many_threads_as_it_should() {
        let mut threads = 0;
        in_pool("test", 3, Manners::Works, || threads = rayon::current_num_threads());
        assert_eq!(threads, 3);
    }
}
