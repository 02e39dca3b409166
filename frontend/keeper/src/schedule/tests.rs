//! The schedule, with clocks that are moved by hand.

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
    /// A page rendered with the usual lifetimes; its refresh is due at 75 % of the access token's life.
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

    /// Lets time pass in short ticks; returns when a refresh became due.
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
fn a_chance_out_of_bounds_stays_within_the_spread() {
    for chance in [-1.0, 7.0, f64::NAN, f64::INFINITY] {
        let margin = margin(seconds(300), chance);
        assert!((seconds(30)..=seconds(120)).contains(&margin), "{chance}");
    }
}

#[test]
fn a_page_rendered_with_half_a_token_left_counts_that_half() {
    let mut world = World::with(Lifetimes {
        access_left: seconds(150),
        access_lifetime: seconds(300),
        session_left: seconds(3600),
        idle_left: seconds(1800),
    });
    assert_eq!(world.pass(seconds(400)), Some(seconds(75)));
}

#[test]
fn a_refresh_begins_the_count_anew() {
    let mut world = World::new();
    assert!(world.pass(seconds(400)).is_some());
    world.refreshed();
    assert!(!world.look());
    assert_eq!(world.pass(seconds(400)), Some(seconds(225)));
}

#[test]
fn a_sleep_counts_though_the_steady_clock_stood_still() {
    let mut world = World::new();
    assert!(!world.sleep(seconds(100)));
    assert!(world.sleep(seconds(200)));
}

#[test]
fn a_clock_set_back_does_not_stop_the_count() {
    let mut world = World::new();
    world.clocks.wall -= seconds(3600);
    assert_eq!(world.pass(seconds(400)), Some(seconds(225)));
}

#[test]
fn a_sleep_is_not_forgotten_when_the_clock_is_set_back_after_it() {
    let mut world = World::new();
    assert!(!world.sleep(seconds(200)));
    world.clocks.wall -= seconds(200);
    assert!(!world.look());
    assert_eq!(world.pass(seconds(400)), Some(seconds(30)));
}

#[test]
fn a_clock_set_ahead_costs_one_refresh_and_no_more() {
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
fn a_token_cut_short_by_the_sessions_end_is_let_run_out_and_then_the_server_asked_why() {
    let mut world = World::new();
    world.schedule.refreshed(Fresh { access_left: seconds(90), session_left: seconds(90) }, 0.5);
    assert_eq!(world.pass(seconds(400)), Some(seconds(90)));
}

#[test]
fn failures_wait_longer_each_time_up_to_a_bound() {
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
fn the_server_is_not_asked_again_before_it_said() {
    let mut world = World::new();
    world.schedule.failed(Some(seconds(45)), 0.0);
    assert!(world.schedule.is_in_trouble());
    assert_eq!(world.pass(seconds(400)), Some(seconds(45)));
    world.schedule.failed(Some(seconds(45)), 1.0);
    assert!(world.schedule.wait() > seconds(45), "all would come back at once");
}

#[test]
fn no_wait_is_longer_than_a_browsers_timer_can_be() {
    let mut world = World::new();
    world.schedule.failed(Some(Duration::MAX), 1.0);
    assert_eq!(world.schedule.wait(), seconds(30 * 3600));
}

#[test]
fn a_call_that_fails_meanwhile_does_not_shorten_what_the_server_said() {
    let mut world = World::new();
    world.schedule.failed(Some(seconds(45)), 0.0);
    world.schedule.failed(None, 0.0);
    assert_eq!(world.schedule.wait(), seconds(45));
}

#[test]
fn after_trouble_the_server_is_asked_though_the_token_is_good_yet() {
    let mut world = World::new();
    world.schedule.failed(None, 0.0);
    assert_eq!(world.pass(seconds(60)), Some(world.schedule.tick()));
    world.refreshed();
    assert!(!world.schedule.is_in_trouble());
    assert_eq!(world.pass(seconds(60)), None);
}

#[test]
fn back_online_the_wait_is_over_and_an_answer_ends_the_trouble() {
    let mut world = World::new();
    world.schedule.failed(Some(seconds(600)), 0.0);
    assert!(!world.look());
    world.schedule.back_online();
    assert!(world.look());
    world.schedule.worked();
    assert!(!world.look());
}

#[test]
fn a_hidden_page_refreshes_until_the_session_would_have_gone_idle_and_not_longer() {
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
fn a_hidden_page_does_not_ask_after_a_session_that_is_over_by_age() {
    let mut world = World::new();
    world.page = Page::Hidden;
    assert!(!world.sleep(seconds(13 * 3600)));
    world.page = Page::Shown;
    assert!(world.look());
}

#[test]
fn a_hidden_page_gives_up_a_session_that_ends_by_age_before_it_would_be_idle() {
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
fn a_log_in_or_log_out_has_some_seconds_to_itself() {
    let mut world = World::new();
    world.schedule.stand_back();
    assert!(!world.sleep(seconds(9)));
    world.sleep(seconds(290));
    assert!(world.schedule.is_due());
}

#[test]
fn what_another_tab_knows_is_news_only_if_it_is_more() {
    let mut world = World::new();
    let of = |access| Fresh { access_left: seconds(access), session_left: seconds(3600) };
    assert!(!world.schedule.is_outdone_by(of(300)));
    world.pass(seconds(100));
    assert!(world.schedule.is_outdone_by(of(300)));
    assert!(!world.schedule.is_outdone_by(of(190)));
}

#[test]
fn no_tick_is_longer_than_thirty_seconds_and_none_is_a_storm() {
    for (lifetime, tick) in [(1, 250), (5, 250), (300, 15_000), (3600, 30_000), (86_400, 30_000)] {
        let mut world = World::new();
        world.schedule.access_lifetime = seconds(lifetime);
        assert_eq!(world.schedule.tick(), Duration::from_millis(tick), "{lifetime}");
    }
}

#[test]
fn an_answer_and_what_it_may_overtake_fit_into_grace_and_the_lock_is_awaited_for_no_longer() {
    for grace in [1, 2, 10, 60].map(seconds) {
        assert_eq!(2 * answer_within(grace), grace - Duration::from_millis(200));
        assert!(lock_within(grace) <= answer_within(grace));
        assert!(!lock_within(grace).is_zero());
    }
}

#[test]
fn nothing_is_due_twice_within_a_second() {
    let mut world = World::new();
    let over = Fresh { access_left: Duration::ZERO, session_left: Duration::ZERO };
    world.schedule.refreshed(over, 0.5);
    assert!(!world.look());
    assert!(world.sleep(seconds(1)));
}

#[test]
fn a_number_of_the_browser_that_is_no_time_is_none() {
    let fresh = Fresh::from_seconds(300.0, 3600.0);
    assert_eq!(fresh, Fresh { access_left: seconds(300), session_left: seconds(3600) });
    let clocks = Clocks::from_milliseconds(f64::NAN, -1.0);
    assert_eq!(clocks, Clocks::default());
}
