//! Disputes: what time alone does to one.

use farthing_core::id::{ChargeId, DisputeId};
use farthing_domain::command::{Advance, Ask, OpenDispute};
use farthing_domain::dispute::{DisputeReason, DisputeStage, DisputeState};
use farthing_domain::intent::CaptureMethod;
use farthing_domain::reply::Reply;
use farthing_domain::view::Row;

use crate::world::{World, approved, create, usd};

fn charge(world: &World) -> ChargeId {
    let mut rows = world.rows.values();
    rows.find_map(|row| if let Row::Charge(row) = row { Some(row.id) } else { None }).unwrap()
}

#[test]
fn a_deadline_that_is_looked_at_too_early_does_nothing() {
    let mut world = World::new();
    let begun = world.submit(create(usd(500), CaptureMethod::Automatic, Some(1)));
    world.submit(Ask::Settle(World::begun(&begun), approved()));
    let id = DisputeId::from_bytes([6; 12]);
    world.submit(Ask::OpenDispute(OpenDispute {
        id,
        charge: charge(&world),
        amount: usd(500),
        reason: DisputeReason::Fraudulent,
        stage: DisputeStage::Chargeback,
    }));
    let dispute = |world: &World| {
        let mut rows = world.rows.values();
        rows.find_map(|row| if let Row::Dispute(row) = row { Some(row.clone()) } else { None })
            .unwrap()
    };
    let left_ms = dispute(&world).due_by.ms() - world.now().ms();
    // The moment itself is still in time.
    world.submit(Ask::AdvanceClock(Advance::By(left_ms)));
    let before = world.rows.clone();
    assert!(matches!(world.submit(Ask::DisputeDue(id)).reply, Reply::Done));
    assert_eq!(world.rows, before);
    world.submit(Ask::AdvanceClock(Advance::By(1)));
    world.submit(Ask::DisputeDue(id));
    assert_eq!(dispute(&world).state, DisputeState::Lost);
}
