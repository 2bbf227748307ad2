import { type ReactNode, useEffect } from 'react';
import type { ListedModel, ModelEntry } from '../../main/ipc/contract.ts';
import { chooseFiles } from '../app/choose-files.ts';
import { useModels, useSettings } from '../app/model.ts';
import { Button } from '../design/button.tsx';
import { Progress } from '../design/progress.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from './model-choice.module.css';
import { modelExtension } from './models-store.ts';

/** Which model answers, and adding others. */
export function ModelChoice(): ReactNode {
  const { t } = useTexts();
  const models = useModels((state) => state.models);
  const adding = useModels((state) => state.adding);
  const load = useModels((state) => state.load);
  const add = useModels((state) => state.add);
  const cancel = useModels((state) => state.cancel);
  useEffect(() => void load(), [load]);
  return (
    <div className={styles.choice}>
      <div className={styles.models} role="radiogroup" aria-label={t('models.model')}>
        {models.map((model) => (
          <ModelRow key={model.id} model={model} />
        ))}
      </div>
      {adding ? (
        <div className={styles.adding}>
          <span>{t('models.adding', { name: adding.name })}</span>
          <Button onClick={cancel}>{t('models.cancel')}</Button>
          <Progress label={t('models.adding', { name: adding.name })} fraction={adding.fraction} />
        </div>
      ) : (
        <div>
          <Button
            onClick={() => chooseFiles([modelExtension], ([file]) => file && void add(file), { multiple: false })}
          >
            {t('models.add')}
          </Button>
        </div>
      )}
      <p className={styles.note}>{t('models.which')}</p>
    </div>
  );
}

function ModelRow({ model }: { model: ListedModel }): ReactNode {
  const { t } = useTexts();
  const chosen = useSettings(({ settings }) => settings?.modelId === model.id);
  const change = useSettings((state) => state.change);
  const remove = useModels((state) => state.remove);
  const unusable = 'problem' in model;
  return (
    <div className={styles.row}>
      <label className={styles.model}>
        <input
          type="radio"
          name="model"
          checked={chosen}
          disabled={unusable}
          onChange={() => void change({ modelId: model.id })}
        />
        <span>
          <span className={styles.name}>{model.name}</span>
          {unusable ? <ModelProblem {...model} /> : <ModelFigures model={model} />}
        </span>
      </label>
      {!model.bundled && !chosen && (
        <Button aria-label={t('models.removeNamed', { name: model.name })} onClick={() => void remove(model.id)}>
          {t('models.remove')}
        </Button>
      )}
    </div>
  );
}

/** What a model is, and takes. */
function ModelFigures({ model }: { model: ModelEntry }): ReactNode {
  const { t, number, compact, bytes } = useTexts();
  const origin = [
    model.bundled ? t('models.bundled') : model.path,
    model.license ? t('models.license', { license: model.license }) : '',
  ];
  return (
    <>
      <span className={styles.note}>
        {t('models.detail', {
          architecture: model.architecture,
          parameters: compact(model.parameters),
          tokens: number(model.contextLength),
          size: bytes(model.byteSize),
        })}
      </span>
      <span className={model.fits ? styles.note : styles.warning}>
        {t(model.fits ? 'models.memory' : 'models.tooMuchMemory', { memory: bytes(model.memoryBytes) })}
      </span>
      <span className={styles.note}>{origin.filter(Boolean).join(' · ')}</span>
    </>
  );
}

/** Why a model cannot be chosen. */
function ModelProblem({ problem, path }: { problem: string; path: string }): ReactNode {
  const { said } = useTexts();
  return (
    <>
      <span className={styles.warning}>{said(problem)}</span>
      <span className={styles.note}>{path}</span>
    </>
  );
}
