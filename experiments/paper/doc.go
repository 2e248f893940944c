// Package paper holds the figures of "Beyond Inference: Performance Analysis of DNN Server Overheads for Computer
// Vision" (AbouElhamayed et al., DAC 2024, arXiv 2403.12981) that vsim reproduces, as scenarios and as tests of their
// directions.
package paper
