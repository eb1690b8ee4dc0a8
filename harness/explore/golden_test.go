package explore_test

// goldenHash is the hash of 300 runs of the canary from seed 1.
const goldenHash = "d934a246e7f26e6f"
