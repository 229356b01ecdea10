import type {
  ApplyInput,
  ClickInput,
  CommandInput,
  DecisionInput,
  Reply,
  UseCases,
} from '../../src/flow/use-cases.ts';

export type Knock =
  | { readonly door: 'command'; readonly input: CommandInput }
  | { readonly door: 'decide'; readonly input: DecisionInput }
  | { readonly door: 'cancel'; readonly input: ClickInput }
  | { readonly door: 'ask again'; readonly input: ClickInput }
  | { readonly door: 'apply again'; readonly input: ApplyInput };

/** Use cases that write down who knocked and answer with what the test says. */
export class RecordingUseCases implements UseCases {
  readonly knocks: Knock[] = [];
  answer: () => Promise<Reply> = () => Promise.resolve({ kind: 'say', text: 'Heard.' });

  command(input: CommandInput): Promise<Reply> {
    return this.#record({ door: 'command', input });
  }
  decide(input: DecisionInput): Promise<Reply> {
    return this.#record({ door: 'decide', input });
  }
  cancel(input: ClickInput): Promise<Reply> {
    return this.#record({ door: 'cancel', input });
  }
  askAgain(input: ClickInput): Promise<Reply> {
    return this.#record({ door: 'ask again', input });
  }
  applyAgain(input: ApplyInput): Promise<Reply> {
    return this.#record({ door: 'apply again', input });
  }

  #record(knock: Knock): Promise<Reply> {
    this.knocks.push(knock);
    return this.answer();
  }
}
