// Package calibrate works out a scenario from tables that others have published: a server that nobody
// here can measure, but whose owner has said what it did.
//
// It knows one kind of publication, that of NVIDIA's DeepLearningExamples: a model on one GPU behind Triton,
// once with static batches sent one at a time, once behind the dynamic batcher with n clients of one image
// each, with Triton's own breakdown of the latency. See README.md for the physics and Fit for the recipe.
package calibrate
