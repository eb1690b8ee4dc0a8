package explore_test

// goldenHash is the hash of 300 runs of the canary from seed 1.
const goldenHash = "cb3c5acc09fdf493"
