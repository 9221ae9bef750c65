//! What can be wrong with a row.

use core::fmt;

macro_rules! flaws {
    ($($(#[$doc:meta])* $name:ident $code:literal $sentence:literal)+) => {
        /// A contradiction between stored rows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flaw { $($(#[$doc])* $name),+ }

        impl Flaw {
            /// A stable name.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }

        impl fmt::Display for Flaw {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(match self { $(Self::$name => $sentence),+ })
            }
        }
    };
}

flaws! {
    /// Entries do not cancel out.
    TransferUnbalanced "transfer_unbalanced" "Its entries do not sum to zero."
    /// Fewer than two entries, or one that moves nothing.
    TransferEntries "transfer_entries" "It has fewer than two entries, or one that moves nothing."
    /// Against its entries.
    BalanceDiffers "balance_differs" "It is not the sum of its entries."
    /// Two charges of one intent hold or took funds.
    PaidTwice "paid_twice" "Another charge of its intent holds or took funds as well."
    /// State and charge disagree.
    IntentDiffers "intent_differs" "Its state does not agree with what its charges hold or took."
    /// A captured charge and its transfer disagree.
    ChargeUnposted "charge_unposted" "It has not exactly the one transfer of what was taken."
    /// Against its ratio.
    ConversionDiffers "conversion_differs" "What it was converted into is not the worth of what is left of it."
    /// Against its refunds.
    RefundedDiffers "refunded_differs" "What it says was given back is not the sum of its refunds."
    /// Against the open refunds.
    ReservedDiffers "reserved_differs" "What it reserves is not the sum of its open refunds."
    /// A refund and its transfer disagree.
    RefundUnposted "refund_unposted" "It has not exactly the one transfer of what was given back."
    /// Its charge is another intent's, or has another currency.
    RefundMisplaced "refund_misplaced" "Its charge is not one of its intent's, or in another currency."
    /// Neither posted nor open.
    RefundLost "refund_lost" "It is pending, but nothing was posted and no call is open for it."
    /// A dispute and its transfers disagree.
    DisputeUnposted "dispute_unposted" "It has not exactly the transfers of what was taken back and returned."
    /// Its charge is another intent's, or has another currency.
    DisputeMisplaced "dispute_misplaced" "Its charge is not one of its intent's, or in another currency."
    /// Against its disputes.
    DisputedDiffers "disputed_differs" "What it says was taken back is not the sum of its disputes, or it names none of them."
    /// A payout and its transfers disagree.
    PayoutUnposted "payout_unposted" "It has not exactly the transfers of what left and came back."
    /// In transit, against the payouts that are.
    InTransitDiffers "in_transit_differs" "What is in transit is not the sum of the payouts that are."
    /// What is held, against the intents whose funds can be taken.
    HeldDiffers "held_differs" "What is held is not the sum of what can be taken."
    /// What is kept back, against the lines of whatever moved it.
    ReserveDiffers "reserve_differs" "It is not the sum of what was kept back and came out again."
    /// An authorization without an end, or another transfer with one.
    HoldWithoutEnd "hold_without_end" "What holds funds has an end, and nothing else has."
    /// Pending, against its parts.
    PartsDiffer "parts_differ" "It is not the sum of what becomes available by day."
    /// A transfer without a line that moves what it must not.
    TransferMisplaced "transfer_misplaced" "It moves funds between other accounts than its reason is for."
    /// Named by the intent, not there.
    AttemptMissing "attempt_missing" "It says that a call is open which is not."
    /// Its intent is not there.
    AttemptWithoutIntent "attempt_without_intent" "Its intent is not there."
    /// Its intent does not name it.
    AttemptUnknownToIntent "attempt_unknown_to_intent" "It is open, but its intent does not say so."
    /// Its record does not name it.
    AttemptUnknownToRecord "attempt_unknown_to_record" "It is open, but no idempotency record waits for it."
    /// Its attempt is not there.
    RecordWaitsForNothing "record_waits_for_nothing" "It waits for a call that is not open."
    /// Fewer or more events than the objects had.
    EventsMissing "events_missing" "Its events are not as many as its objects say they had."
    /// A place before that is not before.
    DeliveryOutOfOrder "delivery_out_of_order" "It follows a later event of the same object."
    /// Its event is not there.
    DeliveryWithoutEvent "delivery_without_event" "Its event is not there."
    /// Against what was counted.
    AllowanceDiffers "allowance_differs" "What it says was spent is not the sum of what was counted."
    /// An orphan.
    BelongsToNothing "belongs_to_nothing" "What it belongs to is not there, or does not know it."
}
