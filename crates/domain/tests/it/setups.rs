//! Set-up intents: an answer is to the question that was asked last.

use farthing_core::id::SetupIntentId;
use farthing_domain::attempt::Call;
use farthing_domain::command::{
    AnswerSetup, Ask, ConfirmSetup, CreateSetup, MethodSource, SetupConfirm,
};
use farthing_domain::intent::MethodChoice;
use farthing_domain::method_type::MethodSet;
use farthing_domain::network::Outcome;
use farthing_domain::object::Metadata;
use farthing_domain::refusal::Refusal;
use farthing_domain::reply::Reply;

use crate::world::{World, card};

fn asked(world: &mut World, reply: &Reply) -> SetupIntentId {
    let Reply::Begun(begun) = reply else { panic!("nothing was asked: {reply:?}") };
    let Call::Verify { setup, .. } = begun.attempt.call else { panic!("a card is verified") };
    world.submit(Ask::Settle(begun.attempt.id, Box::new(Outcome::ActionRequired)));
    setup
}

fn new(number: u8) -> MethodSource {
    MethodSource::New(Box::new(card(number)))
}

#[test]
fn an_answer_to_an_earlier_question_changes_nothing() {
    let mut world = World::new();
    let ask = CreateSetup {
        customer: None,
        method: Some(new(1)),
        methods: MethodChoice::Listed(MethodSet::CARD),
        confirm: Some(SetupConfirm::default()),
        description: None,
        metadata: Metadata::new(),
    };
    let begun = world.submit(Ask::CreateSetup(Box::new(ask)));
    let id = asked(&mut world, &begun.reply);
    let ask = ConfirmSetup { id, method: Some(new(2)), confirm: SetupConfirm::default() };
    let begun = world.submit(Ask::ConfirmSetup(Box::new(ask)));
    asked(&mut world, &begun.reply);
    let before = world.rows.clone();
    for confirmation in [0, 1, 3] {
        let late = Ask::AnswerSetup(AnswerSetup { id, confirmation, passed: true });
        let reply = world.submit(late).reply;
        let Reply::Refused(refusal) = reply else { panic!("taken: {reply:?}") };
        assert!(matches!(*refusal, Refusal::SetupState { .. }), "{refusal:?}");
        assert_eq!(world.rows, before);
    }
    let answer = Ask::AnswerSetup(AnswerSetup { id, confirmation: 2, passed: true });
    assert!(matches!(world.submit(answer).reply, Reply::Begun(_)));
}
