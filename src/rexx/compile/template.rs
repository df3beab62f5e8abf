//! Templates of PARSE: their steps, and the small operations that most of them come down to.

use super::Compiler;
use crate::rexx::ast::{Pattern, Place, Template};
use crate::rexx::code::{Few, Move, PatternCode, PlaceCode, Slot2, StepCode, TemplateCode};

impl Compiler<'_> {
    pub(super) fn template(&mut self, t: &Template, caseless: bool) -> TemplateCode {
        let steps: Vec<StepCode> = t
            .steps
            .iter()
            .map(|step| StepCode {
                targets: step
                    .targets
                    .iter()
                    .map(|t| t.as_ref().map(|t| self.slot(t)))
                    .collect(),
                pattern: match &step.pattern {
                    Pattern::End => PatternCode::End,
                    Pattern::Text(text) => PatternCode::Text(text.clone()),
                    Pattern::Variable(t) => PatternCode::Variable(self.slot(t)),
                    Pattern::At(p) => PatternCode::At(self.place(p)),
                    Pattern::Plus(p) => PatternCode::Plus(self.place(p)),
                    Pattern::Minus(p) => PatternCode::Minus(self.place(p)),
                },
            })
            .collect();
        let moves = match caseless || self.traced() {
            true => Vec::new(),
            false => moves(&steps),
        };
        let needs = moves.iter().filter_map(|m| match m {
            Move::Variable(r, _) => Some(*r),
            _ => None,
        });
        TemplateCode {
            needs: needs.collect(),
            whole: !matches!(moves.last(), None | Some(Move::Step(_))),
            steps,
            moves,
        }
    }

    fn place(&mut self, p: &Place) -> PlaceCode {
        match p {
            Place::Number(n) => PlaceCode::Number(*n),
            Place::Variable(t) => PlaceCode::Variable(self.slot(t)),
        }
    }
}

/// The steps as one list, up to the first that needs more than simple variables and fixed places.
fn moves(steps: &[StepCode]) -> Vec<Move> {
    let mut moves = Vec::new();
    for (n, step) in (0..).zip(steps) {
        let before = moves.len();
        if step_moves(step, n, &mut moves).is_none() {
            moves.truncate(before);
            moves.push(Move::Step(n));
            break;
        }
    }
    moves
}

fn step_moves(step: &StepCode, n: u32, moves: &mut Vec<Move>) -> Option<()> {
    moves.push(pattern(&step.pattern, n)?);
    let Some((last, words)) = step.targets.split_last() else {
        return Some(());
    };
    for target in words {
        moves.push(match target {
            None => Move::SkipWord,
            Some(Slot2::Simple(r)) => Move::Word(*r),
            Some(_) => return None,
        });
    }
    match last {
        None => {}
        Some(Slot2::Simple(r)) => match moves.last_mut() {
            Some(last @ Move::End) => *last = Move::All(*r),
            Some(Move::Byte(b)) => {
                let b = *b;
                moves.pop();
                moves.push(Move::Upto(b, *r));
            }
            _ => moves.push(Move::Rest(*r)),
        },
        Some(_) => return None,
    }
    Some(())
}

fn pattern(pattern: &PatternCode, n: u32) -> Option<Move> {
    let number = |place: &PlaceCode| match place {
        PlaceCode::Number(n) => u32::try_from(*n).ok(),
        PlaceCode::Variable(_) => None,
    };
    Some(match pattern {
        PatternCode::End => Move::End,
        PatternCode::Text(text) => match text.as_slice() {
            [] => Move::End,
            [b] => Move::Byte(*b),
            few if few.len() <= 8 => Move::Few(Few::of(few)),
            _ => Move::Text(n),
        },
        PatternCode::Variable(Slot2::Simple(r)) => Move::Variable(*r, n),
        PatternCode::Variable(_) => return None,
        PatternCode::At(place) => Move::At(number(place)?.saturating_sub(1)),
        PatternCode::Plus(place) => Move::Plus(number(place)?),
        PatternCode::Minus(place) => Move::Minus(number(place)?),
    })
}
