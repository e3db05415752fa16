/** Where a snapshot's files come from. Paths have `/` between their parts and begin with the snapshot's own. */
export interface SnapshotReader {
  /** Names of the folders in a folder, in any order; none when it is not there. */
  folders(path: string): readonly string[];
  /** The text of a file; `undefined` when it is not there. */
  read(path: string): string | undefined;
}
