//! Time as something that is handed in: the system's clock, or a virtual one that jumps while everybody waits.
//!
//! Owns the only access to the system's time. Must not know what is waited for.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A future without a name.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where the engine takes its time from.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Completes once `now()` has reached `until`.
    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()>;

    /// From now on lets `speed` seconds pass in a real one; clocks that cannot be scaled ignore it.
    fn set_speed(&self, _speed: f64) {}

    /// How many of its seconds pass in a real one.
    fn speed(&self) -> f64 {
        1.0
    }

    /// The time all processes of the machine agree on, however fast their clocks run.
    fn machine_time(&self) -> Timestamp {
        self.now()
    }

    /// Until it is dropped, something goes on outside that takes real time: a clock that jumps stands still.
    fn outside(&self) -> Outside {
        Outside(None)
    }

    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleep_until(later(self.now(), duration))
    }
}

/// Something that goes on outside.
pub struct Outside(Option<Arc<AtomicUsize>>);

impl Drop for Outside {
    fn drop(&mut self) {
        if let Some(busy) = &self.0 {
            busy.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// `from` plus `duration`, or the end of time.
pub fn later(from: Timestamp, duration: Duration) -> Timestamp {
    SignedDuration::try_from(duration).ok().and_then(|d| from.checked_add(d).ok()).unwrap_or(Timestamp::MAX)
}

/// How long it is from `from` to `to`; zero when `to` has passed.
pub fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO)
}

/// The system's clock. Against a sandbox that runs faster than real time it runs as fast as that.
#[derive(Debug)]
pub struct SystemClock {
    pace: Mutex<Pace>,
}

/// Since `real`, when the clock showed `shown`, `speed` seconds pass in one.
#[derive(Debug, Clone, Copy)]
struct Pace {
    real: Timestamp,
    shown: Timestamp,
    speed: f64,
}

impl Default for SystemClock {
    fn default() -> Self {
        let now = system_time();
        Self { pace: Mutex::new(Pace { real: now, shown: now, speed: 1.0 }) }
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is where the system's time enters")]
fn system_time() -> Timestamp {
    Timestamp::now()
}

impl SystemClock {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let pace = *self.pace();
        later(pace.shown, between(pace.real, system_time()).mul_f64(pace.speed))
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()> {
        let speed = self.pace().speed;
        Box::pin(tokio::time::sleep(between(self.now(), until).div_f64(speed)))
    }

    fn set_speed(&self, speed: f64) {
        if (1e-3..=1e6).contains(&speed) && speed != self.pace().speed {
            let shown = self.now();
            *self.pace() = Pace { real: system_time(), shown, speed };
        }
    }

    fn speed(&self) -> f64 {
        self.pace().speed
    }

    fn machine_time(&self) -> Timestamp {
        system_time()
    }
}

/// A clock that stands still while anybody works and jumps to the next wake-up while everybody waits.
///
/// The future that does the work must run inside [`VirtualClock::drive`].
#[derive(Debug, Clone)]
pub struct VirtualClock {
    inner: Arc<Mutex<Virtual>>,
    /// Real time spent on each jump, so that a person can watch.
    pause: Duration,
    /// How much goes on outside.
    busy: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Virtual {
    now: Timestamp,
    sleepers: BTreeMap<(Timestamp, u64), Waker>,
    next_id: u64,
}

impl VirtualClock {
    pub fn new(start: Timestamp, pause: Duration) -> Self {
        let inner = Virtual { now: start, sleepers: BTreeMap::new(), next_id: 0 };
        Self { inner: Arc::new(Mutex::new(inner)), pause, busy: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Virtual> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work`; whenever it can only wait for this clock, moves the clock on.
    pub async fn drive<F: Future>(&self, work: F) -> F::Output {
        let mut work = std::pin::pin!(work);
        loop {
            let step = Step { work: work.as_mut(), clock: self }.await;
            match step {
                Some(output) => return output,
                None => {
                    if !self.pause.is_zero() {
                        tokio::time::sleep(self.pause).await;
                    }
                    self.jump();
                }
            }
        }
    }

    /// Moves to the earliest wake-up and wakes everybody who waits for that instant.
    fn jump(&self) {
        let mut inner = self.lock();
        let Some(at) = inner.sleepers.keys().next().map(|(at, _)| *at) else { return };
        inner.now = inner.now.max(at);
        while let Some(entry) = inner.sleepers.first_entry() {
            if entry.key().0 > at {
                break;
            }
            entry.remove().wake();
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn outside(&self) -> Outside {
        self.busy.fetch_add(1, Ordering::SeqCst);
        Outside(Some(self.busy.clone()))
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(Sleep { clock: self.clone(), until, id: None })
    }
}

struct Sleep {
    clock: VirtualClock,
    until: Timestamp,
    id: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let until = self.until;
        let mut inner = self.clock.lock();
        if inner.now >= until {
            return Poll::Ready(());
        }
        let id = self.id.unwrap_or(inner.next_id);
        inner.next_id = inner.next_id.max(id + 1);
        inner.sleepers.insert((until, id), cx.waker().clone());
        drop(inner);
        self.id = Some(id);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.clock.lock().sleepers.remove(&(self.until, id));
        }
    }
}

/// One run of the work until it is done (`Some`) or waits for the clock alone (`None`).
struct Step<'a, 'c, F> {
    work: Pin<&'a mut F>,
    clock: &'c VirtualClock,
}

/// Remembers that it was woken, and passes it on.
struct Noticing {
    woken: AtomicBool,
    outer: Waker,
}

impl Wake for Noticing {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.outer.wake_by_ref();
    }
}

impl<F: Future> Future for Step<'_, '_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let noticing = Arc::new(Noticing { woken: AtomicBool::new(false), outer: cx.waker().clone() });
        let waker = Waker::from(noticing.clone());
        if let Poll::Ready(output) = self.work.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Poll::Ready(Some(output));
        }
        // An answer from outside will wake the work.
        let idle = self.clock.busy.load(Ordering::SeqCst) == 0;
        if idle && !noticing.woken.load(Ordering::SeqCst) && !self.clock.lock().sleepers.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_in_the_order_of_their_times() {
        let start = Timestamp::UNIX_EPOCH;
        let clock = VirtualClock::new(start, Duration::ZERO);
        let order = Mutex::new(Vec::new());
        let sleep = |seconds: u64| {
            let (clock, order) = (clock.clone(), &order);
            async move {
                clock.sleep(Duration::from_secs(seconds)).await;
                order.lock().unwrap_or_else(PoisonError::into_inner).push((seconds, clock.now().as_second()));
            }
        };
        clock.drive(async { tokio::join!(sleep(10), sleep(5), sleep(5), sleep(3600)) }).await;
        assert_eq!(*order.lock().unwrap_or_else(PoisonError::into_inner), [(5, 5), (5, 5), (10, 10), (3600, 3600)]);
    }

    #[tokio::test]
    async fn time_stands_still_while_something_goes_on_outside() {
        let clock = VirtualClock::new(Timestamp::UNIX_EPOCH, Duration::ZERO);
        let c = clock.clone();
        let outside = async {
            let _outside = c.outside();
            tokio::time::sleep(Duration::from_millis(20)).await;
            c.now().as_second()
        };
        let (seen, ()) = clock.drive(async { tokio::join!(outside, c.sleep(Duration::from_secs(5))) }).await;
        assert_eq!((seen, clock.now().as_second()), (0, 5));
    }

    #[tokio::test]
    async fn a_dropped_sleep_does_not_hold_the_clock() {
        let clock = VirtualClock::new(Timestamp::UNIX_EPOCH, Duration::ZERO);
        let c = clock.clone();
        clock
            .drive(async move {
                tokio::select! {
                    () = c.sleep(Duration::from_secs(100)) => {}
                    () = c.sleep(Duration::from_secs(1)) => {}
                }
                c.sleep(Duration::from_secs(2)).await;
            })
            .await;
        assert_eq!(clock.now().as_second(), 3);
    }
}
