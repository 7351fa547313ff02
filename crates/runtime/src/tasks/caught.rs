//! A future whose panic is a result.

#[cfg(debug_assertions)]
use super::faults::Fault;
use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

/// The payload of a panic that the log has been told of, with its message.
pub(super) struct Told(pub String);

/// Runs a future to its end or its panic. It may be asked no more after either.
pub(super) struct Caught<F> {
    future: Option<Pin<Box<F>>>,
    #[cfg(debug_assertions)]
    fault: Option<Fault>,
}

impl<F: Future> Caught<F> {
    /// `name` is what a fault point calls the task.
    pub fn new(name: &'static str, future: F) -> Caught<F> {
        #[cfg(not(debug_assertions))]
        let _ = name;
        Caught {
            future: Some(Box::pin(future)),
            #[cfg(debug_assertions)]
            fault: Fault::of(name),
        }
    }

    fn step(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        #[cfg(debug_assertions)]
        if let Some(fault) = &mut self.fault
            && fault.is_due(context)
        {
            // Gone by the panic, as if the panic came from within.
            let _dying = self.future.take();
            fault.strike();
        }
        match &mut self.future {
            Some(future) => future.as_mut().poll(context),
            None => Poll::Pending,
        }
    }
}

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Payload>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // What the future held was dropped while it unwound, and it is not asked again.
        match catch_unwind(AssertUnwindSafe(|| self.step(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

/// The message of a panic, on one line.
pub(super) fn message(panic: &Payload) -> String {
    let told = panic.downcast_ref::<Told>().map(|told| told.0.as_str());
    let text = told.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
