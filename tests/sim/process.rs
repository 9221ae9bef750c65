//! The server's processes: they start, they die between two of their steps, they start again.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use farthing_server::app::App;
use farthing_server::config::Config;
use farthing_server::rehearsal::Life;
use farthing_server::router::router;
use farthing_server::setup::{self, RootSource};
use farthing_server::{deliver, lease, news, ops, recover, timers};
use tokio::sync::Notify;

use super::plan::Disk;
use super::world::{ROOT, World};

/// One process.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) life: Life,
    pub(crate) router: Router,
    /// Its death: connections break.
    pub(crate) gone: Arc<Notify>,
}

impl Process {
    /// Starts a process on the run's store and network.
    pub(crate) async fn start(world: &World) -> Self {
        let config = Config { alone: world.plan.processes == 1, ..Config::default() };
        let root = RootSource::Given(ROOT.to_owned());
        let store = world.store();
        let vault = setup::open_vault(&store, root).unwrap();
        let app = App::new(store, vault, world.connections(), config);
        let life = app.life.clone();
        let inherited = recover::inherited(&app).await;
        tokio::spawn(life.hold(recover::run(Arc::clone(&app), inherited)));
        tokio::spawn(life.hold(deliver::run(Arc::clone(&app))));
        tokio::spawn(life.hold(news::run(Arc::clone(&app))));
        tokio::spawn(life.hold(timers::run(Arc::clone(&app))));
        tokio::spawn(life.hold(lease::run(Arc::clone(&app))));
        tokio::spawn(life.hold(ops::housekeeping(Arc::clone(&app))));
        Self { life, router: router(app), gone: Arc::default() }
    }

    fn kill(&self) {
        self.life.end();
        self.gone.notify_waiters();
    }
}

/// Starts every process.
pub(crate) async fn start_all(world: &Arc<World>) {
    for _ in 0..world.plan.processes {
        let process = Process::start(world).await;
        world.processes().push(process);
    }
}

/// One of the processes dies now, and is started again after a while.
pub(crate) fn crash(world: &Arc<World>) {
    let count = world.plan.processes as u64;
    let which = usize::try_from(world.draw(|chance| chance.below(count))).unwrap();
    {
        let processes = world.processes();
        if processes[which].life.is_over() {
            return;
        }
        processes[which].kill();
    }
    world.count("fault: process died", 1);
    world.note("died", &[which as u8]);
    let world = Arc::clone(world);
    tokio::spawn(async move {
        world.pause(50, 15_000).await;
        let process = Process::start(&world).await;
        world.processes()[which] = process;
        world.note("started", &[which as u8]);
    });
}

/// Runs the batches of commands, each a while after it came; processes die before and after.
pub(crate) async fn write(world: Arc<World>) {
    loop {
        let store = world.store();
        store.bell().notified().await;
        if world.draw(|chance| chance.strikes(300)) {
            world.pause(1, 4).await;
        }
        if world.strikes(world.plan.odds.dies, "fault: died before a commit") {
            crash(&world);
        }
        while store.step() > 0 {
            world.count("commits", 1);
            let on_disk = world.plan.disk == Disk::Sqlite;
            if on_disk && world.strikes(world.plan.odds.dies, "fault: power failed") {
                crash(&world);
                world.cut_power();
                break;
            }
            if world.strikes(world.plan.odds.dies, "fault: died after a commit") {
                crash(&world);
            }
        }
    }
}

/// Processes die at any moment, too.
pub(crate) async fn reap(world: Arc<World>) {
    loop {
        world.pause(200, 20_000).await;
        if world.strikes(world.plan.odds.dies * 8, "fault: died at some moment") {
            crash(&world);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
