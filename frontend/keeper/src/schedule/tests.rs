//! Tests of the schedule, with clocks set by hand.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A page and its clocks.
struct World {
    clocks: Clocks,
    page: Page,
    schedule: Schedule,
}

impl World {
    /// A page rendered with the usual lifetimes. Its refresh is due at 75 % of the access token's lifetime.
    fn new() -> Self {
        Self::with(Lifetimes {
            access_left: seconds(300),
            access_lifetime: seconds(300),
            session_left: seconds(12 * 3600),
            idle_left: seconds(1800),
        })
    }

    fn with(reported: Lifetimes) -> Self {
        let clocks = Clocks { steady: seconds(2), wall: seconds(1_800_000_000) };
        Self { clocks, page: Page::Shown, schedule: Schedule::new(reported, clocks, 0.5) }
    }

    fn look(&mut self) -> bool {
        self.schedule.look(self.clocks, self.page);
        self.schedule.is_due()
    }

    /// Advances the clocks in short ticks until a refresh is due, and returns when that was.
    fn pass(&mut self, time: Duration) -> Option<Duration> {
        let tick = self.schedule.tick();
        let mut passed = Duration::ZERO;
        while passed < time {
            passed += tick;
            self.clocks.steady += tick;
            self.clocks.wall += tick;
            if self.look() {
                return Some(passed);
            }
        }
        None
    }

    fn sleep(&mut self, time: Duration) -> bool {
        self.clocks.wall += time;
        self.look()
    }

    fn refreshed(&mut self) {
        let session_left = self.schedule.session_left;
        let fresh = Fresh { access_left: seconds(300).min(session_left), session_left };
        self.schedule.refreshed(fresh, 0.5);
    }
}

#[test]
fn a_refresh_is_due_between_60_and_90_percent_of_the_access_lifetime() {
    for (chance, at) in [(0.0, 270), (0.5, 225), (1.0, 180)] {
        let mut world = World::new();
        world.refreshed();
        world.schedule.margin = margin(seconds(300), chance);
        assert_eq!(world.pass(seconds(400)), Some(seconds(at)), "{chance}");
    }
}

#[test]
fn a_random_number_out_of_bounds_stays_within_the_spread() {
    for chance in [-1.0, 7.0, f64::NAN, f64::INFINITY] {
        let margin = margin(seconds(300), chance);
        assert!((seconds(30)..=seconds(120)).contains(&margin), "{chance}");
    }
}

#[test]
fn a_page_rendered_halfway_through_an_access_token_refreshes_by_its_remaining_time() {
    let mut world = World::with(Lifetimes {
        access_left: seconds(150),
        access_lifetime: seconds(300),
        session_left: seconds(3600),
        idle_left: seconds(1800),
    });
    assert_eq!(world.pass(seconds(400)), Some(seconds(75)));
}

#[test]
fn a_refresh_restarts_the_countdown() {
    let mut world = World::new();
    assert!(world.pass(seconds(400)).is_some());
    world.refreshed();
    assert!(!world.look());
    assert_eq!(world.pass(seconds(400)), Some(seconds(225)));
}

#[test]
fn a_sleep_counts_although_the_steady_clock_stopped() {
    let mut world = World::new();
    assert!(!world.sleep(seconds(100)));
    assert!(world.sleep(seconds(200)));
}

#[test]
fn a_clock_set_back_does_not_stop_the_countdown() {
    let mut world = World::new();
    world.clocks.wall -= seconds(3600);
    assert_eq!(world.pass(seconds(400)), Some(seconds(225)));
}

#[test]
fn a_sleep_still_counts_after_the_clock_is_set_back() {
    let mut world = World::new();
    assert!(!world.sleep(seconds(200)));
    world.clocks.wall -= seconds(200);
    assert!(!world.look());
    assert_eq!(world.pass(seconds(400)), Some(seconds(30)));
}

#[test]
fn a_clock_set_ahead_costs_only_one_refresh() {
    let mut world = World::new();
    world.clocks.wall += seconds(3600);
    assert!(world.look());
    world.refreshed();
    assert_eq!(world.pass(seconds(400)), Some(seconds(225)));
}

#[test]
fn a_wrong_clock_changes_nothing() {
    for wall in [0, 1_800_003_600, 4_000_000_000] {
        let mut world = World::new();
        world.clocks.wall = seconds(wall);
        world.schedule.looked = world.clocks;
        assert_eq!(world.pass(seconds(400)), Some(seconds(225)), "{wall}");
    }
}

#[test]
fn an_access_token_that_ends_with_the_session_is_refreshed_only_once_it_has_expired() {
    let mut world = World::new();
    world.schedule.refreshed(Fresh { access_left: seconds(90), session_left: seconds(90) }, 0.5);
    assert_eq!(world.pass(seconds(400)), Some(seconds(90)));
}

#[test]
fn retries_back_off_up_to_a_bound() {
    let mut world = World::new();
    let waits: Vec<_> = (0..8)
        .map(|_| {
            world.schedule.failed(None, 0.0);
            world.schedule.wait().as_secs()
        })
        .collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
}

#[test]
fn no_retry_comes_before_the_time_in_retry_after() {
    let mut world = World::new();
    world.schedule.failed(Some(seconds(45)), 0.0);
    assert!(world.schedule.is_in_trouble());
    assert_eq!(world.pass(seconds(400)), Some(seconds(45)));
    world.schedule.failed(Some(seconds(45)), 1.0);
    assert!(world.schedule.wait() > seconds(45), "all would come back at once");
}

#[test]
fn no_wait_exceeds_the_range_of_a_browsers_timer() {
    let mut world = World::new();
    world.schedule.failed(Some(Duration::MAX), 1.0);
    assert_eq!(world.schedule.wait(), seconds(30 * 3600));
}

#[test]
fn a_later_failure_does_not_shorten_the_wait_that_the_server_asked_for() {
    let mut world = World::new();
    world.schedule.failed(Some(seconds(45)), 0.0);
    world.schedule.failed(None, 0.0);
    assert_eq!(world.schedule.wait(), seconds(45));
}

#[test]
fn after_a_failure_a_refresh_is_due_although_the_token_is_still_valid() {
    let mut world = World::new();
    world.schedule.failed(None, 0.0);
    assert_eq!(world.pass(seconds(60)), Some(world.schedule.tick()));
    world.refreshed();
    assert!(!world.schedule.is_in_trouble());
    assert_eq!(world.pass(seconds(60)), None);
}

#[test]
fn coming_back_online_ends_the_wait_and_a_response_ends_the_failure() {
    let mut world = World::new();
    world.schedule.failed(Some(seconds(600)), 0.0);
    assert!(!world.look());
    world.schedule.back_online();
    assert!(world.look());
    world.schedule.worked();
    assert!(!world.look());
}

#[test]
fn a_hidden_page_refreshes_only_until_the_session_would_have_idled_out() {
    let mut world = World::new();
    world.page = Page::Hidden;
    let mut refreshes = 0;
    while let Some(_due) = world.pass(seconds(7200)) {
        world.refreshed();
        refreshes += 1;
        assert!(refreshes < 10, "the page keeps the session alive");
    }
    assert_eq!(refreshes, 7, "every 225 seconds, for 1800");
    world.page = Page::Shown;
    assert!(world.look(), "the member is back");
}

#[test]
fn a_hidden_page_does_not_refresh_after_the_absolute_timeout() {
    let mut world = World::new();
    world.page = Page::Hidden;
    assert!(!world.sleep(seconds(13 * 3600)));
    world.page = Page::Shown;
    assert!(world.look());
}

#[test]
fn a_hidden_page_stops_at_the_absolute_timeout_if_it_comes_before_the_idle_timeout() {
    let mut world = World::with(Lifetimes {
        access_left: seconds(300),
        access_lifetime: seconds(300),
        session_left: seconds(600),
        idle_left: seconds(1800),
    });
    world.page = Page::Hidden;
    assert!(!world.sleep(seconds(601)));
    world.page = Page::Shown;
    assert!(world.look(), "the member is back, and the server says why it is over");
}

#[test]
fn no_refresh_is_due_for_some_seconds_after_a_log_in_or_log_out() {
    let mut world = World::new();
    world.schedule.stand_back();
    assert!(!world.sleep(seconds(9)));
    world.sleep(seconds(290));
    assert!(world.schedule.is_due());
}

#[test]
fn another_tabs_announcement_counts_only_if_more_time_is_left() {
    let mut world = World::new();
    let of = |access| Fresh { access_left: seconds(access), session_left: seconds(3600) };
    assert!(!world.schedule.is_outdone_by(of(300)));
    world.pass(seconds(100));
    assert!(world.schedule.is_outdone_by(of(300)));
    assert!(!world.schedule.is_outdone_by(of(190)));
}

#[test]
fn ticks_stay_between_a_quarter_of_a_second_and_thirty_seconds() {
    for (lifetime, tick) in [(1, 250), (5, 250), (300, 15_000), (3600, 30_000), (86_400, 30_000)] {
        let mut world = World::new();
        world.schedule.access_lifetime = seconds(lifetime);
        assert_eq!(world.schedule.tick(), Duration::from_millis(tick), "{lifetime}");
    }
}

#[test]
fn two_refreshes_fit_into_the_grace_period_and_the_lock_times_out_as_a_refresh_does() {
    for grace in [1, 2, 10, 60].map(seconds) {
        assert_eq!(2 * answer_within(grace), grace - Duration::from_millis(200));
        assert!(lock_within(grace) <= answer_within(grace));
        assert!(!lock_within(grace).is_zero());
    }
}

#[test]
fn no_refresh_is_due_within_a_second_of_another() {
    let mut world = World::new();
    let over = Fresh { access_left: Duration::ZERO, session_left: Duration::ZERO };
    world.schedule.refreshed(over, 0.5);
    assert!(!world.look());
    assert!(world.sleep(seconds(1)));
}

#[test]
fn an_invalid_number_from_the_browser_counts_as_zero() {
    let fresh = Fresh::from_seconds(300.0, 3600.0);
    assert_eq!(fresh, Fresh { access_left: seconds(300), session_left: seconds(3600) });
    let clocks = Clocks::from_milliseconds(f64::NAN, -1.0);
    assert_eq!(clocks, Clocks::default());
}
