//! The currency table: data, in the order in which the wire lists the codes when it refuses one.
//!
//! Sources: the wire's published currency page and its own refusal message, 2026, and the ISO 4217
//! table. Amounts are minor units as the wire counts them. Change a row, change the version.

/// Changes whenever a row does.
pub const TABLE_VERSION: &str = "2026-11";

/// What is known about one currency. Small, because every page that pays loads all of them.
#[derive(Debug)]
pub(super) struct Row {
    /// The code's letters; the fourth is a space where there are three.
    pub(super) letters: [u8; 4],
    pub(super) exponent: u8,
    pub(super) iso_exponent: Option<u8>,
    pub(super) quantum: u8,
    pub(super) payout_quantum: u8,
    pub(super) minimum: Option<u16>,
    pub(super) withdrawn: bool,
}

const fn usual(code: &str) -> Row {
    Row {
        letters: padded(code.as_bytes()),
        exponent: 2,
        iso_exponent: Some(2),
        quantum: 1,
        payout_quantum: 1,
        minimum: None,
        withdrawn: false,
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
const fn padded(code: &[u8]) -> [u8; 4] {
    [code[0], code[1], code[2], if code.len() > 3 { code[3] } else { b' ' }]
}

impl Row {
    const fn digits(self, wire: u8, iso: u8) -> Self {
        Self { exponent: wire, iso_exponent: Some(iso), ..self }
    }

    const fn not_iso(self) -> Self {
        Self { iso_exponent: None, ..self }
    }

    /// The step of every amount, so of payouts too.
    const fn step(self, quantum: u8) -> Self {
        Self { quantum, payout_quantum: quantum, ..self }
    }

    const fn payout_step(self, payout_quantum: u8) -> Self {
        Self { payout_quantum, ..self }
    }

    const fn at_least(self, minimum: u16) -> Self {
        Self { minimum: Some(minimum), ..self }
    }

    const fn withdrawn(self) -> Self {
        Self { withdrawn: true, ..self }
    }
}

pub(super) static ROWS: [Row; 151] = [
    usual("usd").at_least(50),
    usual("aed").at_least(200),
    usual("afn"),
    usual("all"),
    usual("amd"),
    usual("ang").withdrawn(),
    usual("aoa"),
    usual("ars").at_least(50),
    usual("aud").at_least(50),
    usual("awg"),
    usual("azn"),
    usual("bam"),
    usual("bbd"),
    usual("bdt"),
    usual("bgn").withdrawn(),
    usual("bhd").digits(3, 3).step(10),
    usual("bif").digits(0, 0),
    usual("bmd"),
    usual("bnd"),
    usual("bob"),
    usual("brl").at_least(50),
    usual("bsd"),
    usual("bwp"),
    usual("byn"),
    usual("bzd"),
    usual("cad").at_least(50),
    usual("cdf"),
    usual("chf").at_least(50),
    usual("clp").digits(0, 0),
    usual("cny"),
    usual("cop").at_least(50),
    usual("crc"),
    usual("cve"),
    usual("czk").at_least(1500),
    usual("djf").digits(0, 0),
    usual("dkk").at_least(250),
    usual("dop"),
    usual("dzd"),
    usual("egp"),
    usual("etb"),
    usual("eur").at_least(50),
    usual("fjd"),
    usual("fkp"),
    usual("gbp").at_least(30),
    usual("gel"),
    usual("gip"),
    usual("gmd"),
    usual("gnf").digits(0, 0),
    usual("gtq"),
    usual("gyd"),
    usual("hkd").at_least(400),
    usual("hnl"),
    usual("hrk").withdrawn(),
    usual("htg"),
    usual("huf").payout_step(100).at_least(17500),
    usual("idr").at_least(50),
    usual("ils").at_least(50),
    usual("inr").at_least(50),
    usual("isk").digits(2, 0).step(100),
    usual("jmd"),
    usual("jod").digits(3, 3).step(10),
    usual("jpy").digits(0, 0).at_least(50),
    usual("kes"),
    usual("kgs"),
    usual("khr"),
    usual("kmf").digits(0, 0),
    usual("krw").digits(0, 0).at_least(50),
    usual("kwd").digits(3, 3).step(10),
    usual("kyd"),
    usual("kzt"),
    usual("lak"),
    usual("lbp"),
    usual("lkr"),
    usual("lrd"),
    usual("lsl"),
    usual("mad"),
    usual("mdl"),
    usual("mga").digits(0, 2),
    usual("mkd"),
    usual("mmk"),
    usual("mnt"),
    usual("mop"),
    usual("mur"),
    usual("mvr"),
    usual("mwk"),
    usual("mxn").at_least(1000),
    usual("myr").at_least(200),
    usual("mzn"),
    usual("nad"),
    usual("ngn"),
    usual("nio"),
    usual("nok").at_least(300),
    usual("npr"),
    usual("nzd").at_least(50),
    usual("omr").digits(3, 3).step(10),
    usual("pab"),
    usual("pen"),
    usual("pgk"),
    usual("php").at_least(50),
    usual("pkr"),
    usual("pln").at_least(200),
    usual("pyg").digits(0, 0),
    usual("qar"),
    usual("ron").at_least(200),
    usual("rsd"),
    usual("rub").at_least(50),
    usual("rwf").digits(0, 0),
    usual("sar"),
    usual("sbd"),
    usual("scr"),
    usual("sek").at_least(300),
    usual("sgd").at_least(50),
    usual("shp"),
    usual("sle"),
    usual("sos"),
    usual("srd"),
    usual("std").withdrawn(),
    usual("szl"),
    usual("thb").at_least(1000),
    usual("tjs"),
    usual("tnd").digits(3, 3).step(10),
    usual("top"),
    usual("try"),
    usual("ttd"),
    usual("twd").payout_step(100),
    usual("tzs"),
    usual("uah"),
    usual("ugx").digits(2, 0).step(100),
    usual("uyu"),
    usual("uzs"),
    usual("vnd").digits(0, 0),
    usual("vuv").digits(0, 0),
    usual("wst"),
    usual("xaf").digits(0, 0),
    usual("xcd"),
    usual("xcg"),
    usual("xof").digits(0, 0),
    usual("xpf").digits(0, 0),
    usual("yer"),
    usual("zar").at_least(50),
    usual("zmw"),
    usual("usdc").not_iso(),
    usual("btn"),
    usual("ghs"),
    usual("eek").withdrawn(),
    usual("lvl").withdrawn(),
    usual("svc"),
    usual("vef").withdrawn(),
    usual("ltl").withdrawn(),
    usual("sll").withdrawn(),
    usual("mro").withdrawn(),
];
