//! The median of several rounds.

/// Returns the middle value, or the mean of both middle values; `None` if there are no values.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (
        values.get((values.len().wrapping_sub(1)) / 2)?,
        values.get(values.len() / 2)?,
    );
    Some((low + high) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_or_the_mean_of_both_middles() {
        assert_eq!(median([].into_iter()), None);
        assert_eq!(median([7.0].into_iter()), Some(7.0));
        assert_eq!(median([9.0, 1.0, 4.0].into_iter()), Some(4.0));
        assert_eq!(median([9.0, 1.0, 4.0, 2.0].into_iter()), Some(3.0));
    }
}
