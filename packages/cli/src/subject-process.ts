// The process that measures one benchmark subject.
import '@podpath/benchmarks/subject-process';
