// Package study predicts many variants of one scenario: the points that axes of keys and values span. Sweeps,
// plans, comparisons and explanations are made of it. All points see the same random numbers, as streams are named by
// purpose and not by point, so that differences between them are not chance (common random numbers; Law 2015,
// Simulation Modeling and Analysis, 5th edition, 11.2).
package study
