//! The states of an enrolment and the steps between them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A state of an enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Proposed by the province (*usulan*).
    Proposed,
    /// Visited and assessed (*visitasi*).
    UnderAssessment,
    /// Assessment passed, waiting for a decree (*calon desa devisa*).
    Candidate,
    /// Designated by a decree.
    Designated,
    /// Inaugurated (*peresmian*).
    Inaugurated,
    /// Turned down.
    Rejected,
    /// Designated, but suspended.
    Suspended,
    /// Designation withdrawn.
    Revoked,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Proposed,
        Self::UnderAssessment,
        Self::Candidate,
        Self::Designated,
        Self::Inaugurated,
        Self::Rejected,
        Self::Suspended,
        Self::Revoked,
    ];

    /// The short names of [`State::ALL`].
    pub const NAMES: [&'static str; 8] = {
        let mut names = [""; 8];
        let mut index = 0;
        while index < names.len() {
            names[index] = Self::ALL[index].as_str();
            index += 1;
        }
        names
    };

    /// Those that a decree designated and nobody revoked: what a count asks for by default.
    pub const STANDING: [Self; 3] = [Self::Designated, Self::Inaugurated, Self::Suspended];

    /// The state's short name, as on the wire without its prefix.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::UnderAssessment => "UNDER_ASSESSMENT",
            Self::Candidate => "CANDIDATE",
            Self::Designated => "DESIGNATED",
            Self::Inaugurated => "INAUGURATED",
            Self::Rejected => "REJECTED",
            Self::Suspended => "SUSPENDED",
            Self::Revoked => "REVOKED",
        }
    }

    /// The state of this short name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether it is taken by a decree.
    pub fn needs_decree(self) -> bool {
        self == Self::Designated
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an enrolment stands, with all of its past that decides where it may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nothing has happened yet.
    #[default]
    New,
    /// In a state other than SUSPENDED.
    In(State),
    /// Suspended; only the state it left, or REVOKED, may follow.
    SuspendedFrom(State),
}

impl Standing {
    /// The states that may follow.
    pub fn next(self) -> &'static [State] {
        use State::{
            Candidate, Designated, Inaugurated, Proposed, Rejected, Revoked, Suspended,
            UnderAssessment,
        };
        match self {
            Self::New | Self::In(Rejected | Revoked) => &[Proposed],
            Self::In(Proposed) => &[UnderAssessment, Candidate, Designated, Rejected],
            Self::In(UnderAssessment) => &[Candidate, Designated, Rejected],
            Self::In(Candidate) => &[Designated, Rejected],
            Self::In(Designated) => &[Inaugurated, Suspended, Revoked],
            Self::In(Inaugurated) => &[Suspended, Revoked],
            Self::SuspendedFrom(Inaugurated) => &[Inaugurated, Revoked],
            Self::SuspendedFrom(_) | Self::In(Suspended) => &[Designated, Revoked],
        }
    }

    /// Takes a state.
    ///
    /// # Errors
    /// [`IllegalStep`] when it may not follow.
    pub fn step(self, to: State) -> Result<Self, IllegalStep> {
        if !self.next().contains(&to) {
            return Err(IllegalStep { from: self, to });
        }
        Ok(match (to, self) {
            (State::Suspended, Self::In(left)) => Self::SuspendedFrom(left),
            _ => Self::In(to),
        })
    }

    /// The state, once there is one.
    pub fn state(self) -> Option<State> {
        match self {
            Self::New => None,
            Self::In(state) => Some(state),
            Self::SuspendedFrom(_) => Some(State::Suspended),
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("the beginning"),
            Self::In(state) => state.fmt(f),
            Self::SuspendedFrom(left) => write!(f, "SUSPENDED from {left}"),
        }
    }
}

/// A step that the lifecycle does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{to} cannot follow {from}; what can: {}", names(.from.next()))]
pub struct IllegalStep {
    /// Where the enrolment stood.
    pub from: Standing,
    /// The state that was to follow.
    pub to: State,
}

fn names(states: &[State]) -> String {
    states.iter().map(|state| state.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_states_is_decided() {
        use State::{
            Candidate as C, Designated as D, Inaugurated as I, Proposed as P, Rejected as X,
            Revoked as R, Suspended as S, UnderAssessment as U,
        };
        let edges = [
            (P, U),
            (P, C),
            (P, D),
            (P, X),
            (U, C),
            (U, D),
            (U, X),
            (C, D),
            (C, X),
            (D, I),
            (D, S),
            (D, R),
            (I, S),
            (I, R),
            (X, P),
            (R, P),
        ];
        for from in State::ALL.into_iter().filter(|from| *from != S) {
            for to in State::ALL {
                let legal = Standing::In(from).step(to).is_ok();
                assert_eq!(legal, edges.contains(&(from, to)), "{from} to {to}");
            }
        }
        for left in [D, I] {
            let suspended = Standing::In(left).step(S);
            assert_eq!(suspended, Ok(Standing::SuspendedFrom(left)));
            for to in State::ALL {
                let legal = Standing::SuspendedFrom(left).step(to).is_ok();
                assert_eq!(legal, to == left || to == R, "suspended from {left} to {to}");
            }
        }
        for to in State::ALL {
            assert_eq!(Standing::New.step(to).is_ok(), to == P);
        }
    }

    #[test]
    fn an_illegal_step_says_what_would_be_legal() {
        let told = Standing::In(State::Inaugurated).step(State::Designated).err();
        let told = told.map(|illegal| illegal.to_string());
        let expected = "DESIGNATED cannot follow INAUGURATED; what can: SUSPENDED, REVOKED";
        assert_eq!(told.as_deref(), Some(expected));
    }

    #[test]
    fn names_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("STATE_PROPOSED"), None);
    }
}
