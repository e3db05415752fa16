/** For tests: verifies without end, and says when it is in the middle of it. */
import { flannel } from '@podpath/flannel';
import { labCluster } from './test-cluster.ts';
import { verifyCluster } from './verify-cluster.ts';

let said = false;
for (;;) {
  await verifyCluster(labCluster(), [{ plugin: flannel }], {
    onProgress: (done) => {
      if (said || done < 5) return;
      said = true;
      process.stdout.write('in the middle\n');
    },
  });
}
