module vsim/sim/engine/bench/akita

go 1.26.0

require github.com/sarchlab/akita/v5 v5.0.0-beta.8
