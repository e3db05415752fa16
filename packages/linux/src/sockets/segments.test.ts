import { TcpFlag } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  SctpChunkType,
  sctpAbort,
  sctpAccept,
  sctpInit,
  tcpAccept,
  tcpReset,
  tcpSizeOption,
  tcpSyn,
} from './segments.ts';

const port = fc.nat(0xffff);
const number32 = fc.nat(0xffff_ffff);

describe('TCP', () => {
  it('answers the other way round, and acknowledges what was used up', () => {
    fc.assert(
      fc.property(port, port, number32, number32, (from, to, theirs, ours) => {
        const answer = tcpAccept(tcpSyn(from, to, theirs), ours, tcpSizeOption(1500, 4));
        expect(answer).toMatchObject({
          srcPort: to,
          dstPort: from,
          sequence: ours,
          acknowledgement: (theirs + 1) % 0x1_0000_0000,
        });
      }),
    );
  });

  it('resets with the number that the other end takes for right', () => {
    const syn = tcpSyn(1, 2, 0xffff_ffff);
    expect(tcpReset(syn)).toMatchObject({ flags: TcpFlag.RST | TcpFlag.ACK, acknowledgement: 0 });
    const withData = {
      ...syn,
      sequence: 10,
      data: new Uint8Array(5),
      flags: TcpFlag.SYN | TcpFlag.FIN,
    };
    expect(tcpReset(withData).acknowledgement).toBe(17);
    const acknowledging = { ...syn, flags: TcpFlag.ACK, acknowledgement: 99 };
    expect(tcpReset(acknowledging)).toMatchObject({ flags: TcpFlag.RST, sequence: 99 });
  });
});

describe('SCTP', () => {
  it('answers with the tag of the one that asks', () => {
    fc.assert(
      fc.property(port, port, number32, number32, (from, to, tag, ours) => {
        const init = sctpInit(from, to, tag);
        expect(init.verificationTag).toBe(0);
        const accepted = sctpAccept(init, ours);
        expect(accepted).toMatchObject({ srcPort: to, dstPort: from, verificationTag: tag });
        expect(accepted.chunks[0]?.type).toBe(SctpChunkType.INIT_ACK);
        expect(sctpAbort(init)).toMatchObject({
          verificationTag: tag,
          chunks: [{ type: SctpChunkType.ABORT, flags: 0 }],
        });
      }),
    );
  });

  it('aborts what is no INIT with its own tag, and says so', () => {
    const data = {
      ...sctpInit(1, 2, 3),
      verificationTag: 7,
      chunks: [{ type: 0, flags: 3, value: new Uint8Array(4) }],
    };
    expect(sctpAbort(data)).toMatchObject({ verificationTag: 7, chunks: [{ flags: 1 }] });
  });
});
