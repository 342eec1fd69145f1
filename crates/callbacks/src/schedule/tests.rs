//! Against PyTorch's schedulers; as Burn's scheduler; and what is refused.

use std::collections::BTreeMap;

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use serde::Deserialize;

use super::*;

const TORCH: &str = include_str!("../../tests/fixtures/torch_schedules.json");

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    schedule: String,
    numbers: BTreeMap<String, f64>,
    rates: Vec<f64>,
}

impl Case {
    fn number(&self, name: &str) -> f64 {
        self.numbers[name]
    }

    fn schedule(&self) -> Box<dyn LrSchedule> {
        let number = |name: &str| self.number(name);
        let (rate, steps) = (number("rate"), number("steps") as u64);
        match self.schedule.as_str() {
            "warmup" => Box::new(LinearWarmup::new(rate, steps)),
            "cosine" => Box::new(CosineDecay::new(rate, steps).min_rate(number("min_rate"))),
            "cosine_restarts" => {
                Box::new(CosineRestarts::new(rate, steps).growth(number("growth") as u64).min_rate(number("min_rate")))
            }
            "step" => Box::new(StepDecay::new(rate, steps, number("factor"))),
            "exponential" => Box::new(ExponentialDecay::new(rate, steps, number("factor"))),
            "polynomial" => Box::new(PolynomialDecay::new(rate, steps).power(number("power"))),
            "one_cycle" => Box::new(self.one_cycle(OneCycle::new(rate, steps))),
            other => panic!("no schedule {other}"),
        }
    }

    fn one_cycle(&self, cycle: OneCycle) -> OneCycle {
        let annealing = if self.number("linear") > 0.0 { Annealing::Linear } else { Annealing::Cosine };
        cycle
            .pct_start(self.number("pct_start"))
            .div_factor(self.number("div_factor"))
            .final_div_factor(self.number("final_div_factor"))
            .annealing(annealing)
            .three_phase(self.number("three_phase") > 0.0)
    }
}

#[test]
fn rates_are_pytorchs() {
    let fixture: Fixture = serde_json::from_str(TORCH).unwrap();
    assert_eq!(fixture.cases.len(), 17);
    for case in &fixture.cases {
        let schedule = case.schedule();
        schedule.check().unwrap();
        for (step, expected) in case.rates.iter().enumerate() {
            let rate = schedule.rate(step as u64);
            // PyTorch multiplies its way from step to step.
            let close = (rate - expected).abs() <= 1e-12 + 1e-10 * expected.abs();
            assert!(close, "{} {:?} step {step}: {rate} instead of {expected}", case.schedule, case.numbers);
        }
    }
}

#[test]
fn a_way_up_leads_to_half_a_cosine() {
    let schedule = CosineDecay::new(0.4, 6).warmup(2);
    let expected = [0.2, 0.4, 0.4, 0.341_421_356, 0.2, 0.058_578_643, 0.0, 0.0];
    for (step, expected) in expected.into_iter().enumerate() {
        assert!((schedule.rate(step as u64) - expected).abs() < 1e-8, "step {step}");
        let passed = (step as f64 - 2.0) / 4.0;
        let formula = 0.4 * (1.0 + (std::f64::consts::PI * passed.min(1.0)).cos()) / 2.0;
        assert!(step < 2 || schedule.rate(step as u64).to_bits() == formula.to_bits(), "step {step}");
    }
}

#[test]
fn beyond_its_end_a_schedule_stays() {
    assert_eq!(CosineDecay::new(0.5, 4).min_rate(0.125).rate(u64::MAX), 0.125);
    assert_eq!(PolynomialDecay::new(0.5, 4).end_rate(0.125).rate(u64::MAX), 0.125);
    assert_eq!(LinearWarmup::new(0.5, 4).rate(u64::MAX), 0.5);
    let cycle = OneCycle::new(0.5, 40).div_factor(4.0).final_div_factor(2.0);
    assert_eq!(cycle.rate(39), 0.0625);
    assert_eq!(cycle.rate(u64::MAX), 0.0625);
    assert!(CosineRestarts::new(0.5, 3).growth(2).rate(u64::MAX).is_finite());
}

#[test]
fn later_cycles_are_longer_and_lower() {
    let schedule = CosineRestarts::new(1.0, 2).growth(2).peak_factor(0.5);
    let peaks: Vec<f64> = [0, 2, 6, 14].map(|step| schedule.rate(step)).to_vec();
    assert_eq!(peaks, [1.0, 0.5, 0.25, 0.125]);
    let above = schedule.min_rate(0.5);
    assert_eq!([0, 2, 6].map(|step| above.rate(step)), [1.0, 0.75, 0.625]);
}

#[test]
fn a_restored_schedule_goes_on_where_it_was() {
    let fresh = || ModuleLrScheduler::new(ScheduledLr::new(OneCycle::new(0.1, 20)).unwrap());
    let mut whole = fresh();
    let rates: Vec<f64> = (0..9).map(|_| whole.step().base()).collect();
    let mut first = fresh();
    (0..7).for_each(|_| drop(first.step()));
    let mut second = fresh().load_record(first.to_record());
    assert_eq!([second.step().base(), second.step().base()], rates[7..]);
}

#[test]
fn a_schedule_goes_through_json() {
    let schedule = OneCycle::new(0.1, 20).annealing(Annealing::Linear);
    let text = serde_json::to_string(&schedule).unwrap();
    assert_eq!(serde_json::from_str::<OneCycle>(&text).unwrap(), schedule);
}

#[test]
fn numbers_out_of_their_range_are_refused_by_name() {
    let cases: [(Box<dyn LrSchedule>, &str); 14] = [
        (Box::new(LinearWarmup::new(-0.1, 3)), "rate = -0.1: a learning rate must be finite and at least 0"),
        (Box::new(LinearWarmup::new(f64::NAN, 3)), "rate = NaN: a learning rate must be finite and at least 0"),
        (Box::new(CosineDecay::new(0.1, 0)), "steps = 0: at least 1 step is needed"),
        (Box::new(CosineDecay::new(0.1, 4).warmup(5)), "warmup = 5: the way up must not be longer than all the steps"),
        (Box::new(CosineDecay::new(0.1, 4).min_rate(f64::INFINITY)), "min_rate = inf: a learning rate must be finite"),
        (Box::new(CosineRestarts::new(0.1, 0)), "cycle = 0: at least 1 step is needed"),
        (Box::new(CosineRestarts::new(0.1, 3).growth(0)), "growth = 0: it must be at least 1"),
        (Box::new(CosineRestarts::new(0.1, 3).peak_factor(0.0)), "peak_factor = 0: it must be finite and above 0"),
        (Box::new(StepDecay::new(0.1, 0, 0.5)), "every = 0: at least 1 step is needed"),
        (Box::new(ExponentialDecay::new(0.1, 1, -1.0)), "factor = -1: it must be finite and above 0"),
        (Box::new(PolynomialDecay::new(0.1, 3).power(0.0)), "power = 0: it must be finite and above 0"),
        (Box::new(OneCycle::new(0.1, 9).div_factor(0.0)), "div_factor = 0: it must be finite and above 0"),
        (Box::new(OneCycle::new(0.1, 9).pct_start(1.5)), "pct_start = 1.5: it must be from 0 to 1"),
        (Box::new(OneCycle::new(0.1, 9).pct_start(0.75).three_phase(true)), "pct_start = 0.75: it must be from 0 to 1"),
    ];
    for (schedule, message) in cases {
        let error = schedule.check().unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
        let _without_a_panic = [schedule.rate(0), schedule.rate(7)];
    }
}
