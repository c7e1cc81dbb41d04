//! The median of several rounds, and quantiles of many values.

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

/// Sorts `values` and returns the smallest that a share of `q` of them, from 0 to 1, does not exceed. Returns
/// `None` if there are no values.
pub(crate) fn quantile<T: Copy + Ord>(values: &mut [T], q: f64) -> Option<T> {
    values.sort_unstable();
    let rank = (values.len() as f64 * q).ceil() as usize;
    values.get(rank.checked_sub(1)?).copied()
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

    #[test]
    fn a_quantile_leaves_out_the_slowest_of_a_hundred() {
        let mut values: Vec<_> = (1..=200).rev().collect();
        assert_eq!(quantile(&mut values, 0.99), Some(198));
        assert_eq!(quantile(&mut values, 0.5), Some(100));
        assert_eq!(quantile(&mut values[..1], 0.99), Some(1));
        assert_eq!(quantile::<u32>(&mut [], 0.99), None);
    }
}
