# SPDX-License-Identifier: MIT
# Of scale: data is a file with a block for each kind, tokens, KiB, and
# microseconds for each token.
set terminal svg size 720,300 dynamic font "sans-serif,12" name "scale" background "#ffffff"
set multiplot layout 1,2
set logscale x
set format x "10^{%T}"
set xrange [0.7:140000]
set xlabel "tokens"
set ytics 400
set grid y back lt 1 lw 0.5 lc rgb "#dddddd"
set mxtics 1
set mytics 1
set border 3
set tics nomirror
set key bottom right samplen 2 invert
set style line 1 lc rgb "#0060ad" lw 2 pt 7 ps 0.5
set style line 2 lc rgb "#dd6000" lw 2 pt 5 ps 0.5
set style line 3 lc rgb "#3a8a3a" lw 2 pt 9 ps 0.6
kinds = "'--list' 'a batch' '1,024 lookups'"
set title "memory (VmHWM), KiB"
set yrange [0:]
plot for [i=1:3] data index i-1 using 1:2 with linespoints ls i title word(kinds, i)
set title "time for each token, µs"
set key top right
set logscale y
set ytics autofreq
set yrange [10:*]
set format y "%g"
plot for [i=1:3] data index i-1 using 1:3 with linespoints ls i title word(kinds, i)
unset multiplot
