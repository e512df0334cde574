"""From the error message that someone pastes to what to do next."""
