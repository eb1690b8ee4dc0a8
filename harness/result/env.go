package result

// The environment variables by which a suite is told what to do; the package
// comment has their meaning.
const (
	EnvRuns     = "SQUALL_RUNS"
	EnvFor      = "SQUALL_FOR"
	EnvSeed     = "SQUALL_SEED"
	EnvPlan     = "SQUALL_PLAN"
	EnvReplay   = "SQUALL_REPLAY"
	EnvCorpus   = "SQUALL_CORPUS"
	EnvJSON     = "SQUALL_JSON"
	EnvList     = "SQUALL_LIST"
	EnvProgress = "SQUALL_PROGRESS"
	EnvTrace    = "SQUALL_TRACE"
	EnvBox      = "SQUALL_BOX"
	EnvDeaths   = "SQUALL_DEATHS"
	// EnvWorker, if it is not empty, makes a suite's binary a worker of a soak.
	EnvWorker = "SQUALL_WORKER"
)
