// Package calibrate works out a scenario from tables of what a server did: perf_analyzer's, or those that others have
// published of a server that nobody here can measure.
//
// FitLoad takes tables of any number of instances, with Triton's own breakdown of the latency. Fit knows one kind of
// publication, that of NVIDIA's DeepLearningExamples, for one instance: a model behind Triton, once with static
// batches sent one at a time, once behind the dynamic batcher with n clients of one image each. See README.md for the
// physics, and both functions for the recipes.
package calibrate
