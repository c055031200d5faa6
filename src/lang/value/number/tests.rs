use super::*;

fn n(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
}

fn shown(result: Option<Number>) -> String {
    result.map_or_else(|| "none".to_owned(), |n| n.to_string())
}

#[test]
fn decimal_fractions_behave_as_with_512_bits() {
    assert_eq!((&n("0.1") + &n("0.2")), Some(n("0.3")));
    assert_ne!((&n("1") - &n("0.9")), Some(n("0.1")));
    assert_eq!(shown(&n("4.35") * &n("100")), "435");
    assert_eq!(
        shown(&n("1.1") * &n("1.1")),
        "1.2100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001"
    );
    assert_eq!(shown(&n("5.5") % &n("2.1")).len(), 156);
}

#[test]
fn integers_are_exact() {
    assert_eq!(shown(&n("123456789012345678901234567890") + &n("1")), "123456789012345678901234567891");
    assert_eq!(shown(&n("9223372036854775807") + &n("1")), "9223372036854775808");
    assert_eq!(n("9007199254740993").to_string(), "9007199254740993");
    assert_eq!(n("-9223372036854775808").to_i64(), Some(i64::MIN));
    assert_eq!(n("9223372036854775808").to_i64(), None);
    assert_eq!(n("1.5").to_i64(), None);
}

#[test]
fn a_result_is_as_precise_as_its_operands() {
    let third = &Number::from(1i64) / &Number::from(3i64);
    assert_eq!(shown(third), "0.33333333333333333334");
    assert_eq!(
        shown(&n("1") / &n("3")),
        "0.33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333335"
    );
    let log = Number::from_f64(0.301_029_995_663_981_14).unwrap_or_else(Number::zero);
    assert_eq!(shown(&log * &n("10")), "3.0102999566398114250631579125183634459972381591796875");
}

#[test]
fn reads_what_can_be_read() {
    for (text, shown) in [
        (".5", "0.5"),
        ("5.", "5"),
        ("1e-7", "0.0000001"),
        ("123e-2", "1.23"),
        ("1E5", "100000"),
        ("+7", "7"),
        ("-0", "-0"),
        ("1p3", "8"),
        ("Inf", "+Inf"),
        ("-inf", "-Inf"),
        ("1e999999999", "+Inf"),
        ("1e999999", "+Inf"),
        ("1e-999999", "0"),
        ("1e70000", &format!("1{}", "0".repeat(70_000))),
        ("1e-70000", &format!("0.{}1", "0".repeat(69_999))),
        ("1e-999999999", "0"),
        ("1e100", &format!("1{}", "0".repeat(100))),
    ] {
        assert_eq!(n(text).to_string(), shown, "{text}");
    }
    for text in ["", ".", "-", "1e", "0x10", "1_000", " 1", "1 ", "1e3000000000", "NaN", "infinity", "--1", "1e+-2"] {
        assert!(Number::parse(text).is_none(), "{text}");
    }
}

#[test]
fn there_is_not_always_a_result() {
    let infinite = Number::infinity(false);
    assert_eq!(shown(&infinite - &infinite), "none");
    assert_eq!(shown(&n("0") * &infinite), "none");
    assert_eq!(shown(&n("0") / &n("0")), "none");
    assert_eq!(shown(&n("1") / &n("0")), "+Inf");
    assert_eq!(shown(&n("-1") / &n("0")), "-Inf");
    assert_eq!(shown(&infinite + &n("1")), "+Inf");
    assert_eq!(shown(&n("1") % &infinite), "none");
    assert_eq!(shown(&n("5") % &n("0")), "5");
}

#[test]
fn remainder_has_the_sign_of_the_dividend() {
    assert_eq!(shown(&n("-5") % &n("3")), "-2");
    assert_eq!(shown(&n("5") % &n("-3")), "2");
    assert_eq!(shown(&n("6") % &n("3")), "0");
}

#[test]
fn whole_numbers_around() {
    assert_eq!(n("1.0000000000000000000000000000000000000001").ceil(), n("2"));
    assert_eq!(n("-1.5").floor(), n("-2"));
    assert_eq!(n("-1.5").ceil(), n("-1"));
    assert_eq!(n("1.5").floor(), n("1"));
    assert_eq!(n("7").floor(), n("7"));
}

#[test]
fn order_is_by_value() {
    assert!(n("-1e400") < n("-1"));
    assert!(n("-1") < n("-0.5"));
    assert!(n("1e-400") < n("1"));
    assert!(n("1") < n("1e400"));
    assert!(Number::infinity(true) < n("-1e400"));
    assert!(n("1e400") < Number::infinity(false));
    assert_eq!(n("0").cmp(&n("-0")), Ordering::Equal);
}

#[test]
fn brief_text_switches_notation() {
    for (text, brief) in [("1234.5", "1234.5"), ("1e21", "1e+21"), ("0.00001", "1e-05"), ("100", "100"), ("0", "0")] {
        assert_eq!(n(text).to_brief_text(), brief, "{text}");
    }
    assert_eq!(n("12345678901").to_brief_text(), "1.23456789e+10");
}

/// The same operations on exact fractions, rounded once at the end.
mod exact {
    use super::*;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = Number> {
        prop_oneof![
            (any::<i64>(), -40..40i32).prop_map(|(m, e)| n(&format!("{m}e{e}"))),
            (any::<i128>(), -700..700i32).prop_map(|(m, e)| n(&format!("{m}p{e}"))),
            any::<f64>()
                .prop_filter_map("not a number", Number::from_f64)
                .prop_filter("infinite", |n| !n.is_infinite()),
            any::<i64>().prop_map(Number::from),
        ]
    }

    /// Numerator and denominator, the latter a power of two.
    fn fraction(x: &Number) -> (IBig, IBig) {
        let (mantissa, exponent) = x.signed();
        match usize::try_from(exponent) {
            Ok(e) => (mantissa << e, IBig::ONE),
            Err(_) => (mantissa, IBig::ONE << exponent.unsigned_abs() as usize),
        }
    }

    /// Half a unit in the last place of a result, or less, lies between it and the exact fraction.
    fn is_nearest(result: &Number, numerator: IBig, denominator: IBig, precision: u32) -> bool {
        let (rn, rd) = fraction(result);
        let distance = (rn * &denominator - &numerator * &rd) * IBig::from(2);
        let (_, distance) = distance.into_parts();
        let unit = result.top() - i64::from(precision);
        let scale = IBig::from_parts(Sign::Positive, (rd * denominator).into_parts().1);
        match usize::try_from(unit) {
            Ok(u) => IBig::from(distance) <= scale << u,
            Err(_) => IBig::from(distance) << unit.unsigned_abs() as usize <= scale,
        }
    }

    proptest! {
        #[test]
        fn sums_are_nearest(a in number(), b in number()) {
            let sum = (&a + &b).unwrap_or_else(Number::zero);
            let ((an, ad), (bn, bd)) = (fraction(&a), fraction(&b));
            prop_assert!(is_nearest(&sum, an * &bd + bn * &ad, ad * bd, sum.precision));
        }

        #[test]
        fn quotients_are_nearest(a in number(), b in number()) {
            prop_assume!(!b.is_zero());
            let quotient = (&a / &b).unwrap_or_else(Number::zero);
            let ((an, ad), (bn, bd)) = (fraction(&a), fraction(&b));
            prop_assert!(is_nearest(&quotient, an * bd, ad * bn, quotient.precision));
        }

        #[test]
        fn text_reads_back_as_the_same(a in number()) {
            let again = n(&a.to_string()).with_precision(a.precision);
            prop_assert_eq!(again.to_string(), a.to_string());
            prop_assert_eq!(again, a);
        }

        #[test]
        fn floats_pass_through(x in any::<f64>()) {
            if let Some(number) = Number::from_f64(x) {
                prop_assert_eq!(number.to_f64(), x);
                if x.is_finite() {
                    prop_assert_eq!(number.to_string().parse::<f64>(), Ok(x));
                    prop_assert_eq!(n(&number.to_string()).to_f64(), x);
                }
            }
        }

        #[test]
        fn any_text_is_answered(text in "[-+0-9.eEpPIinf]{0,12}") {
            if let Some(number) = Number::parse(&text) && !number.is_infinite() && number.top().abs() < 5000 {
                prop_assert!(Number::parse(&number.to_string()).is_some());
            }
        }
    }
}
